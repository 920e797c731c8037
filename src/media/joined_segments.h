// Segments of a video, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "segment_file.h"

namespace stylize {

// Their packets, as if they came from one file. Throws Error kInputCorrupt for a segment that is
// none. Not thread safe; the paths must outlive it.
class JoinedSegments {
 public:
  explicit JoinedSegments(const std::vector<std::filesystem::path>& paths);

  [[nodiscard]] const AVPacket* next() const { return packet_.get(); }  // null at the end
  [[nodiscard]] cv::Size size() const { return size_; }                 // of the frames
  [[nodiscard]] std::int64_t taken() const { return taken_; }

  PacketPtr take();

 private:
  void advance();
  void check_size();

  const std::vector<std::filesystem::path>& paths_;
  cv::Size size_;
  std::size_t opened_ = 0;
  std::int64_t taken_ = 0;
  std::optional<SegmentFileReader> reader_;
  PacketPtr packet_;
};

}  // namespace stylize
