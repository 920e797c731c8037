// Pictures that do not come through a demuxer of libav, as its packets.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

#include "ffmpeg_ptr.h"

namespace stylize {

// One stream of uncompressed RGB, from front to back. Not thread safe.
class PictureFeed {
 public:
  PictureFeed() = default;
  virtual ~PictureFeed() = default;
  PictureFeed(const PictureFeed&) = delete;
  PictureFeed& operator=(const PictureFeed&) = delete;

  // A file with that stream. There is no demuxer in it: its packets come from read().
  [[nodiscard]] virtual InputPtr format() const = 0;

  // What the pictures were stored as, for people.
  [[nodiscard]] virtual const char* codec() const = 0;

  // As av_read_frame.
  virtual int read(AVPacket& packet) = 0;
};

// For format(): `frames` of `size`, together `duration` ticks of `clock` long.
InputPtr rgb_format(cv::Size size, AVRational clock, std::int64_t frames, std::int64_t duration);

// For read(): a CV_8UC3 picture from `time` on. 0, or libav's error.
int fill_packet(AVPacket& packet, const cv::Mat& rgb8, std::int64_t time, std::int64_t duration);

}  // namespace stylize
