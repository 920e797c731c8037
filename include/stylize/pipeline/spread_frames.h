// A few frames of a video, spread evenly over it, without decoding all that lies between.
#pragma once

#include <filesystem>
#include <optional>

#include "stylize/media/video_reader.h"

namespace stylize {

// Cuts the video, or a part of it, into equal pieces and gives the frame in the middle of each; a
// video with fewer frames gives each of its own once. Throws what VideoReader throws. Not thread
// safe.
class SpreadFrames {
 public:
  // `part` as for VideoReader; `frames` is at least 1.
  SpreadFrames(std::filesystem::path path, const VideoReadOptions& part, int frames);

  // Of the whole part.
  [[nodiscard]] const VideoInfo& info() const { return info_; }

  // Nothing after the last. Times are those that a VideoReader of the part gives.
  std::optional<VideoFrame> next();

  // Seconds from the file's first frame. Any thread may ask.
  [[nodiscard]] double time_in_file(const VideoFrame& frame) const;

 private:
  [[nodiscard]] std::optional<VideoFrame> frame_at(double seconds) const;
  [[nodiscard]] std::optional<VideoFrame> last_before(double seconds) const;
  [[nodiscard]] VideoReader open(double seconds) const;
  [[nodiscard]] VideoFrame in_part(VideoFrame frame, double seconds) const;
  [[nodiscard]] std::int64_t ticks(double seconds) const;

  std::filesystem::path path_;
  VideoReadOptions part_;
  int pieces_;
  VideoInfo info_;
  double begin_ = 0.0;         // of the part, seconds
  double length_ = 0.0;        // seconds
  double half_a_frame_ = 0.0;  // seconds
  std::int64_t origin_ = 0;    // time of the file's first frame
  int taken_ = 0;
  std::optional<std::int64_t> last_;  // time of the frame before
};

}  // namespace stylize
