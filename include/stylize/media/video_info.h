// What is known about a video before its frames are read.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>

namespace stylize {

// A fraction as containers have them; den 1 and num 0 where it is not known.
struct Ratio {
  int num = 0;
  int den = 1;

  [[nodiscard]] double value() const { return den == 0 ? 0.0 : static_cast<double>(num) / den; }
};

// The one video stream of a file that is drawn.
struct VideoInfo {
  cv::Size size;        // pixels of the upright picture, before the sample aspect is applied
  Ratio sample_aspect;  // of the upright picture; 0/1: unknown
  Ratio time_base;      // seconds a tick of VideoFrame::pts
  Ratio frame_rate;     // average, frames a second; 0/1: unknown
  std::int64_t frames =
      0;  // of what will be read: promised by the container, or estimated; 0: unknown
  double duration = 0.0;    // seconds of what will be read; 0: unknown
  int bits = 8;             // a sample
  int stream = 0;           // its number in the file
  bool is_rotated = false;  // the file has it turned or mirrored; frames are upright nonetheless
  bool is_still = false;    // a picture, not a video
  std::string codec;        // as libavcodec names it, e.g. "h264"
};

}  // namespace stylize
