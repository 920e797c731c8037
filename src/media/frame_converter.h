// libav's frames to RGB pixels and back.
#pragma once

#include <opencv2/core.hpp>

#include "ffmpeg_ptr.h"
#include "video_color.h"

namespace stylize {

// Keeps what a conversion needs from one frame to the next of the same kind. Colours are exact to
// rounding, chroma is interpolated where its samples sit. Not thread safe; one a thread.
class FrameConverter {
 public:
  // CV_8UC3, or CV_16UC3 (0..65535) if `deep`, scaled to `size`; what has alpha is laid on white.
  // Throws Error kInputUnsupported for formats that cannot be read.
  cv::Mat to_rgb(const AVFrame& frame, cv::Size size, bool deep);

  // Fills `frame`, which has its size, format, tags and buffers.
  // Throws Error kUsage for formats that cannot be written.
  void from_rgb(const cv::Mat& pixels, AVFrame& frame);

 private:
  struct Side {
    cv::Size size;
    ColorCoding coding;
    bool operator==(const Side&) const = default;
  };
  cv::Mat from_ycgco(const AVFrame& frame, cv::Size size, int depth);
  // False: swscale cannot do this.
  bool prepare(const Side& from, const Side& to);

  Side from_;
  Side to_;
  SwsPtr context_;
};

}  // namespace stylize
