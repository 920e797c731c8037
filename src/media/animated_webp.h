// Animated WebP files as libav's readers give others: libavformat 59 reads still ones only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "picture_feed.h"
#include "vips_runtime.h"

namespace stylize {

// Whether a file is one, by its beginning.
bool is_animated_webp(const std::filesystem::path& path);

// Reads it once, from front to back. Pictures are whole, as a viewer shows them on white paper. Not
// thread safe.
class AnimatedWebp : public PictureFeed {
 public:
  // Throws Error kInputCorrupt, kInputUnsupported or kOutOfMemory, naming the path.
  explicit AnimatedWebp(const std::filesystem::path& path);

  [[nodiscard]] InputPtr format() const override;
  [[nodiscard]] const char* codec() const override { return "webp"; }
  int read(AVPacket& packet) override;

 private:
  vips::VImage image_;  // all pictures below each other
  cv::Size size_;       // of one
  std::vector<int> delays_;
  std::size_t next_ = 0;
  std::int64_t time_ = 0;
};

}  // namespace stylize
