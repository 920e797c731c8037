// What the colours of a video stream mean, and how that is told.
#pragma once

#include <opencv2/core.hpp>

#include "ffmpeg_ptr.h"

namespace stylize {

// As a stream is tagged; each may be unspecified.
struct ColorTags {
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  AVChromaLocation chroma = AVCHROMA_LOC_UNSPECIFIED;
};

// How samples are to be read or written: nothing unspecified.
struct ColorCoding {
  AVPixelFormat format = AV_PIX_FMT_NONE;  // never one of the "yuvj" ones
  int matrix = SWS_CS_ITU601;              // as swscale counts, which is as ITU-T H.273 does
  bool full_range = false;
  AVChromaLocation chroma = AVCHROMA_LOC_LEFT;

  bool operator==(const ColorCoding&) const = default;
};

// What players take an untagged picture of this size for.
AVColorSpace guessed_matrix(cv::Size size);

bool is_rgb(AVPixelFormat format);

// `size` decides for untagged ones. Untagged ranges are limited, of "yuvj" and grey formats full,
// as everywhere in libav.
ColorCoding color_coding(AVPixelFormat format, const ColorTags& tags, cv::Size size);
ColorCoding color_coding(const AVFrame& frame);

ColorTags color_tags(const AVCodecParameters& stream);

// The tags of a stream of `format` and `size` made from a `source_format`, `source_size` one: the
// same, except where these would be wrong of it. What is unspecified stays so unless players would
// take another matrix for it then.
ColorTags tags_for_output(const ColorTags& source, AVPixelFormat source_format,
                          cv::Size source_size, AVPixelFormat format, cv::Size size);

}  // namespace stylize
