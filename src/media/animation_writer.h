// Animated pictures: GIF, WebP and PNG.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "animation_timing.h"
#include "stylize/media/atomic_file.h"
#include "video_container.h"

namespace stylize {

// What viewers show as they are told: browsers take shorter ones for a tenth of a second.
AnimationClock clock_of(const VideoContainer& container);

// Throws Error kUsage where that many pictures of a size are more than the format, or what writes
// it, can hold, naming `output` and what helps.
void check_animation_fits(const std::filesystem::path& output, const VideoContainer& container,
                          cv::Size size, std::int64_t pictures);

struct Animation {
  cv::Size size;
  std::vector<ShownFrame> shown;  // at least one
};

// Writes an animation that goes round for ever. `next` gives its pictures, one after the other,
// CV_8UC3 in RGB (sRGB), and is called from any one thread at a time; what it throws comes back.
// `output` appears whole or not at all; until then it lies in the folder `temporary`, on the same
// file system. One picture at a time is in memory, and of WebP all that is encoded.
// Throws Error kOutputExists, kOutputUnwritable or kDiskFull, naming `output`.
void write_animation(const std::filesystem::path& output, const std::filesystem::path& temporary,
                     const VideoContainer& container, const Animation& animation,
                     const std::function<cv::Mat()>& next, Overwrite overwrite);

}  // namespace stylize
