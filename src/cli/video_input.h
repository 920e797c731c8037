// What a video is read from.
#pragma once

#include <filesystem>

#include "stylize/media/video_reader.h"
#include "video_options.h"

namespace stylize::cli {

// How to read `input`: a video, or with several pictures to follow a still one, which becomes a
// clip of --duration seconds (5) at --fps frames a second (25). Throws Error kUsage for a still
// picture with less to follow, and what read_image throws.
VideoReadOptions video_input(const VideoOptions& options, const std::filesystem::path& input);

}  // namespace stylize::cli
