// The options that single pictures and folders share.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

#include "compute_choice.h"
#include "face_options.h"
#include "message_options.h"
#include "shared_options.h"
#include "style_choice.h"
#include "stylize/pipeline/batch_runner.h"
#include "stylize/pipeline/frame_stylizer.h"
#include "stylize/pipeline/job_planner.h"

namespace stylize::cli {

inline constexpr const char* kDefaultStyle = "cel";
inline constexpr const char* kFilesGroup = "Input and output";

// What only pictures that follow each other have.
struct ClipChoice {
  bool is_clip = false;
  double steadiness = 0.0;  // FrameOptions::steadiness
  bool tracks_faces = false;
};

// As typed; what needs a decision is decided by the functions below.
struct PictureOptions {
  ComputeRequest compute;
  std::string style = kDefaultStyle;
  std::string output;
  std::string format;
  std::string on_exists = "error";
  std::string work_size;
  std::string max_memory;
  std::string tile = "auto";
  std::string models_dir;
  std::string report;
  std::string jobs;
  std::optional<int> quality;
  std::optional<int> max_size;
  double strength = 1.0;
  FaceFlags face;
  ClipChoice clip;  // decided, and nothing where pictures stand alone
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

// Threads of the stages, and networks at work at once.
struct StageCounts {
  StageThreads threads;
  int run = 1;
};

// Declare options on `app`, which must not outlive `options`: how picture files are written; what
// becomes of files that are there; threads of the stages; all else but what names inputs and
// outputs.
void add_encoding_options(CLI::App& app, PictureOptions& options);
void add_exists_options(CLI::App& app, PictureOptions& options);
void add_jobs_option(CLI::App& app, PictureOptions& options);
void add_picture_options(CLI::App& app, PictureOptions& options);

// The same without what only many pictures at once have: threads of the stages.
void add_drawing_options(CLI::App& app, PictureOptions& options);

// Throw Error kUsage for values and combinations that make no sense.
OnExists on_exists(const PictureOptions& options);
std::optional<ImageFormat> output_format(const PictureOptions& options);
FrameOptions frame_options(const PictureOptions& options);
StageCounts stage_counts(const PictureOptions& options, const ComputeChoice& compute);

StyleRequest style_request(const PictureOptions& options);
BatchOptions batch_options(const PictureOptions& options, const StageCounts& stages);

}  // namespace stylize::cli
