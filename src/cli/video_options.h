// The options of `stylize video`.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "picture_options.h"
#include "stylize/media/video_reader.h"
#include "stylize/media/video_writer.h"

namespace stylize::cli {

// What pictures do not have.
struct VideoFlags {
  std::string codec;
  std::optional<int> crf;
  std::string preset;
  std::string pixel_format;
  std::vector<std::string> encoder_options;  // key=value
  std::optional<double> start;
  std::optional<double> duration;
  std::string fps;
  std::optional<int> preview;
  std::string temporal = "auto";
  bool resume = false;
  bool converts = false;
};

struct VideoOptions : PictureOptions {
  std::vector<std::string> inputs;
  VideoFlags flags;
};

// Declare options on `app`, which must not outlive the second argument. An empty `group` keeps them
// out of the help.
void add_video_flags(CLI::App& app, VideoFlags& flags, const std::string& group);
void add_video_options(CLI::App& app, VideoOptions& options);

ImageRequest video_request(const VideoOptions& options, const std::string& style_name);
VideoReadOptions read_options(const VideoOptions& options);

// Throws Error kUsage for a --temporal that is neither off, auto nor a number from 0 to 1.
ClipChoice clip_choice(const VideoFlags& flags);

// All of the options and of the source that decides over the encoded frames, besides what
// resume_key knows. Throws Error kInputMissing.
// `threads` are those that are used.
std::string video_key(const VideoOptions& options, int threads, const std::filesystem::path& input);

// Of --fps. Throws Error kUsage for what is no rate.
std::optional<Ratio> frame_rate(const VideoFlags& flags);

// Throws Error kUsage for encoder options that are not key=value and for what is no rate.
VideoWriteOptions write_options(const VideoOptions& options);

}  // namespace stylize::cli
