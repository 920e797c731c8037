#include "video_color.h"

namespace stylize {
namespace {

// The "yuvj" formats say their range with their name, which everything else here does with a tag.
AVPixelFormat without_range(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P: return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P: return AV_PIX_FMT_YUV411P;
    default: return format;
  }
}

bool is_gray(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  return description != nullptr && description->nb_components <= 2 && !is_rgb(format);
}

bool is_full_range(AVPixelFormat format, AVColorRange tagged) {
  if (tagged != AVCOL_RANGE_UNSPECIFIED) {
    return tagged == AVCOL_RANGE_JPEG;
  }
  return without_range(format) != format || is_gray(format);
}

// Those that are three numbers in a table; the rest is as rare as it is different.
bool is_known(AVColorSpace matrix) {
  return matrix == AVCOL_SPC_BT709 || matrix == AVCOL_SPC_FCC || matrix == AVCOL_SPC_BT470BG ||
         matrix == AVCOL_SPC_SMPTE170M || matrix == AVCOL_SPC_SMPTE240M ||
         matrix == AVCOL_SPC_BT2020_NCL || matrix == AVCOL_SPC_BT2020_CL;
}

// The same numbers have two names.
bool is_same(AVColorSpace left, AVColorSpace right) {
  const auto plain = [](AVColorSpace matrix) {
    return matrix == AVCOL_SPC_BT470BG ? AVCOL_SPC_SMPTE170M : matrix;
  };
  return plain(left) == plain(right);
}

}  // namespace

AVColorSpace guessed_matrix(cv::Size size) {
  return size.height >= 720 || size.width >= 1280 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

bool is_rgb(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  return description != nullptr && (description->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

ColorCoding color_coding(AVPixelFormat format, const ColorTags& tags, cv::Size size) {
  ColorCoding coding;
  coding.format = without_range(format);
  coding.matrix = is_known(tags.matrix) ? tags.matrix : guessed_matrix(size);
  coding.full_range = !is_rgb(format) && is_full_range(format, tags.range);
  coding.chroma = tags.chroma == AVCHROMA_LOC_UNSPECIFIED ? AVCHROMA_LOC_LEFT : tags.chroma;
  return coding;
}

ColorCoding color_coding(const AVFrame& frame) {
  const ColorTags tags{.matrix = frame.colorspace,
                       .primaries = frame.color_primaries,
                       .transfer = frame.color_trc,
                       .range = frame.color_range,
                       .chroma = frame.chroma_location};
  return color_coding(static_cast<AVPixelFormat>(frame.format), tags,
                      cv::Size(frame.width, frame.height));
}

ColorTags color_tags(const AVCodecParameters& stream) {
  return {.matrix = stream.color_space,
          .primaries = stream.color_primaries,
          .transfer = stream.color_trc,
          .range = stream.color_range,
          .chroma = stream.chroma_location};
}

ColorTags tags_for_output(const ColorTags& source, AVPixelFormat source_format,
                          cv::Size source_size, AVPixelFormat format, cv::Size size) {
  ColorTags tags = source;
  if (is_rgb(format)) {
    tags.matrix = AVCOL_SPC_RGB;
    tags.range = AVCOL_RANGE_JPEG;
    tags.chroma = AVCHROMA_LOC_UNSPECIFIED;
    return tags;
  }
  if (is_rgb(source_format)) {
    tags.matrix = guessed_matrix(size);
    tags.range = AVCOL_RANGE_MPEG;
    tags.chroma = AVCHROMA_LOC_UNSPECIFIED;
    return tags;
  }
  if (!is_known(tags.matrix)) {
    const AVColorSpace matrix = guessed_matrix(source_size);
    // A tag that we could not follow would be wrong of what we write.
    const bool tagged = tags.matrix != AVCOL_SPC_UNSPECIFIED;
    tags.matrix = tagged || !is_same(matrix, guessed_matrix(size)) ? matrix : AVCOL_SPC_UNSPECIFIED;
  }
  if (tags.range == AVCOL_RANGE_UNSPECIFIED && without_range(source_format) != source_format) {
    tags.range = AVCOL_RANGE_JPEG;
  }
  return tags;
}

}  // namespace stylize
