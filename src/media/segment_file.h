// Encoded frames on their way into a video: packets in a file, with every number as the encoder
// gave it. No container keeps decoding times, showing times and durations in any clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <vector>

#include "ffmpeg_ptr.h"
#include "unfinished_file.h"

namespace stylize {

// The file gets its name in finish(); without it nothing is left. Throws Error kOutputUnwritable or
// kDiskFull, naming `path`. Not thread safe.
class SegmentFileWriter {
 public:
  SegmentFileWriter(const std::filesystem::path& path, cv::Size frames);

  void write(const AVPacket& packet);
  void finish();

 private:
  void append(const void* bytes, std::size_t size);
  void flush();

  UnfinishedFile file_;
  std::vector<std::byte> waiting_;
  std::int64_t packets_ = 0;
};

// Not thread safe.
class SegmentFileReader {
 public:
  // It and next() throw Error kInputCorrupt for a file that was not written by SegmentFileWriter,
  // or not to its end.
  explicit SegmentFileReader(const std::filesystem::path& path);

  [[nodiscard]] cv::Size size() const { return size_; }            // of the frames
  [[nodiscard]] std::int64_t packets() const { return packets_; }  // one a frame

  PacketPtr next();  // null at the end

 private:
  bool read(void* bytes, std::size_t size);
  [[nodiscard]] Error damaged() const;

  std::filesystem::path path_;
  std::ifstream stream_;
  cv::Size size_;
  std::int64_t packets_ = 0;
  std::int64_t left_ = 0;
};

}  // namespace stylize
