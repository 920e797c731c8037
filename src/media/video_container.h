// The containers that videos are written to.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "ffmpeg_ptr.h"

namespace stylize {

struct VideoContainer {
  std::string name;                  // as people say: the ending
  const AVOutputFormat* format;      // libav's
  std::string_view default_encoder;  // empty: there is no choice

  [[nodiscard]] bool is_mov() const;          // mp4, mov, m4v: one family
  [[nodiscard]] bool is_matroska() const;     // mkv
  [[nodiscard]] bool holds_pictures() const;  // covers
  [[nodiscard]] bool is_animation() const;    // gif, webp, png, apng: pictures alone
  // The clock ticks once a frame.
  [[nodiscard]] bool has_constant_rate() const;
};

// By the ending of `path`, in any case. Throws Error kUsage, naming the endings that work.
VideoContainer container_for(const std::filesystem::path& path);

}  // namespace stylize
