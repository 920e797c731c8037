// The options of `stylize image` and of the shortcut.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

#include "face_options.h"
#include "message_options.h"
#include "shared_options.h"
#include "stylize/pipeline/frame_stylizer.h"
#include "stylize/pipeline/job_planner.h"

namespace stylize::cli {

inline constexpr const char* kDefaultStyle = "cel";

// As typed; what needs a decision is decided by the functions below.
struct ImageOptions {
  ComputeRequest compute;
  std::vector<std::string> inputs;
  std::string style = kDefaultStyle;
  std::string output;
  std::string format;
  std::string on_exists = "error";
  std::string work_size;
  std::string models_dir;
  std::string report;
  std::optional<int> quality;
  std::optional<int> max_size;
  double strength = 1.0;
  FaceFlags face;
  MessageOptions messages;
  bool overwrite = false;
  bool keep_colors = false;
  bool compare = false;
  bool strip = false;
  bool fail_fast = false;
  bool dry_run = false;
  bool commercial_only = false;
  bool offline = false;
  bool json = false;
  bool no_progress = false;
};

// Declares the options on `app`, which must not outlive `options`.
void add_image_options(CLI::App& app, ImageOptions& options);

// Throw Error kUsage for combinations that make no sense.
ImageRequest image_request(const ImageOptions& options, const std::string& style_name);
FrameOptions frame_options(const ImageOptions& options);

}  // namespace stylize::cli
