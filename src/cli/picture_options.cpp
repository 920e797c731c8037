#include "picture_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "config_file.h"
#include "stylize/core/byte_size.h"
#include "stylize/core/error.h"

namespace stylize::cli {
namespace {

constexpr const char* kLook = "Look";
constexpr const char* kRunning = "Running";
constexpr int kLargestSide = 1 << 16;
constexpr int kMostThreadsAStage = 64;

void add_look_options(CLI::App& app, PictureOptions& options) {
  app.add_option("-s,--style", options.style, "Name (see: stylize models list) or model file (.pt)")
      ->type_name("NAME|FILE")
      ->group(kLook)
      ->capture_default_str();
  app.add_option("--strength", options.strength,
                 "1 is the full style; lower stays closer to the picture, or with styles for "
                 "faces to the person")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("0..1")
      ->group(kLook)
      ->capture_default_str();
  app.add_flag("--keep-colors", options.keep_colors,
               "The input's colours with the style's light and lines")
      ->group(kLook);
  app.add_option("--work-size", options.work_size,
                 "Long side at which the style is drawn before it is brought to the output's size: "
                 "smaller is bolder, larger finer; 'native' is the picture's own. Default: what "
                 "suits the style")
      ->check(suggests({"native"}))
      ->type_name("PX|native")
      ->group(kLook);
  app.add_option("--max-size", options.max_size, "Shrink the output to this long side")
      ->check(CLI::Range(1, kLargestSide))
      ->type_name("PX")
      ->group(kLook);
  app.add_flag("--compare", options.compare, "Write input and result side by side")->group(kLook);
}

void add_running_options(CLI::App& app, PictureOptions& options) {
  add_compute_options(app, options.compute);
  app.add_option("--max-memory", options.max_memory,
                 "Most memory to take, e.g. 4G; larger pictures are drawn in parts, to the same "
                 "result. Default: a share of what is free")
      ->envname("STYLIZE_MAX_MEMORY")
      ->type_name("BYTES")
      ->group(kRunning);
  app.add_option("--tile", options.tile,
                 "How large pictures are drawn: auto, in parts where they do not fit, with a "
                 "temporary file where the style needs one; fast, without, nearly the same; off, "
                 "always whole")
      ->check(CLI::IsMember({"auto", "fast", "off"}))
      ->type_name("HOW")
      ->group(kRunning)
      ->capture_default_str();
  add_models_dir_option(app, options.models_dir);
  app.add_flag("--commercial-only", options.commercial_only,
               "Refuse styles that may not be used commercially")
      ->group(kRunning);
  app.add_flag("--offline", options.offline, "Never offer to download a style")
      ->envname("STYLIZE_OFFLINE")
      ->group(kRunning);
  app.add_flag("--fail-fast", options.fail_fast, "Stop at the first input that fails")
      ->group(kRunning);
  app.add_flag("--dry-run", options.dry_run, "Only say what would be done")->group(kRunning);
}

void add_report_options(CLI::App& app, PictureOptions& options) {
  app.add_flag("--json", options.json, "One JSON object a picture on standard output")
      ->group(kMessagesGroup);
  app.add_option("--report", options.report, "Write the same JSON lines to a file")
      ->type_name("FILE")
      ->group(kMessagesGroup);
  add_message_options(app, options.messages);
  app.add_flag("--no-progress", options.no_progress, "No status line on a terminal")
      ->group(kMessagesGroup);
}

FrameMemory frame_memory(const PictureOptions& options) {
  FrameMemory memory{.most = {}, .tiling = parse_tiling(options.tile)};
  if (!options.max_memory.empty()) {
    memory.most = parse_byte_size(options.max_memory);
    if (!memory.most) {
      throw Error(ErrorCode::kUsage, "--max-memory " + options.max_memory,
                  "must be a number of bytes", "e.g. 4G, 800M or 2GiB");
    }
  }
  return memory;
}

int parse_work_size(const std::string& text) {
  std::size_t used = 0;
  int pixels = 0;
  try {
    pixels = std::stoi(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used != text.size() || pixels < 1 || pixels > kLargestSide) {
    throw Error(ErrorCode::kUsage, "--work-size " + text, "must be a number of pixels or 'native'");
  }
  return pixels;
}

// A stage beside the network, of the threads that the run may use: on a GPU they have nothing else
// to do, on the CPU the network takes nearly all of them.
int default_stage_threads(const ComputeChoice& compute) {
  constexpr int kMost = 8;
  const int part = compute.device.kind == DeviceKind::kCuda ? 2 : 4;
  return std::clamp(compute.threads / part, 1, kMost);
}

Error wrong_jobs(const std::string& jobs) {
  return {ErrorCode::kUsage, "--jobs " + jobs,
          "must be LOAD:RUN:SAVE, or one number for LOAD and SAVE, each from 1 to 64",
          "e.g. --jobs 2:1:2"};
}

int parse_count(const std::string& text, const std::string& whole) {
  int count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, count);
  if (status != std::errc() || stop != end || count < 1 || count > kMostThreadsAStage) {
    throw wrong_jobs(whole);
  }
  return count;
}

std::vector<int> parse_counts(const std::string& text) {
  std::vector<int> counts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(':', start), text.size());
    counts.push_back(parse_count(text.substr(start, end - start), text));
    start = end + 1;
  }
  return counts;
}

}  // namespace

void add_encoding_options(CLI::App& app, PictureOptions& options) {
  app.add_option("-f,--format", options.format,
                 "Write jpg, png, webp, tif, heic, avif or gif; default: the input's")
      ->check(suggests({"jpg", "png", "webp", "tif", "heic", "avif", "gif"}))
      ->type_name("FORMAT")
      ->group(kFilesGroup);
  app.add_option("-q,--quality", options.quality,
                 "1 to 100, for jpg, webp, heic and avif; default: no visible loss")
      ->check(CLI::Range(1, 100))
      ->type_name("N")
      ->group(kFilesGroup);
  app.add_flag("--strip", options.strip,
               "Leave out EXIF, XMP and comments (not the colour profile)")
      ->group(kFilesGroup);
}

void add_exists_options(CLI::App& app, PictureOptions& options) {
  app.add_option("--on-exists", options.on_exists,
                 "Output is there already: error, skip, overwrite or rename")
      ->check(CLI::IsMember({"error", "skip", "overwrite", "rename"}))
      ->type_name("WHAT")
      ->group(kFilesGroup)
      ->capture_default_str();
  app.add_flag("-y,--overwrite", options.overwrite, "Same as --on-exists overwrite")
      ->group(kFilesGroup);
}

void add_jobs_option(CLI::App& app, PictureOptions& options) {
  app.add_option("-j,--jobs", options.jobs,
                 "Threads that read, networks that draw and threads that write, as LOAD:RUN:SAVE; "
                 "N alone is N:1:N. Default: what suits the device")
      ->type_name("COUNTS")
      ->group(kRunning);
}

void add_drawing_options(CLI::App& app, PictureOptions& options) {
  add_look_options(app, options);
  add_face_options(app, options.face);
  add_running_options(app, options);
  add_report_options(app, options);
  add_config_option(app, false);
}

void add_picture_options(CLI::App& app, PictureOptions& options) {
  add_drawing_options(app, options);
  add_jobs_option(app, options);
}

OnExists on_exists(const PictureOptions& options) {
  if (options.overwrite && options.on_exists != "error" && options.on_exists != "overwrite") {
    throw Error(ErrorCode::kUsage, "-y", "contradicts --on-exists " + options.on_exists);
  }
  if (options.overwrite || options.on_exists == "overwrite") return OnExists::kOverwrite;
  if (options.on_exists == "skip") return OnExists::kSkip;
  if (options.on_exists == "rename") return OnExists::kRename;
  return OnExists::kError;
}

std::optional<ImageFormat> output_format(const PictureOptions& options) {
  if (options.format.empty()) {
    return std::nullopt;
  }
  const std::optional<ImageFormat> format = find_format(options.format);
  if (!format) {
    throw Error(ErrorCode::kUsage, "-f " + options.format, "cannot write this format",
                "choose " + format_list());
  }
  return format;
}

FrameOptions frame_options(const PictureOptions& options) {
  if (!std::isfinite(options.strength)) {
    throw Error(ErrorCode::kUsage, "--strength", "must be a number from 0 to 1");
  }
  FrameOptions frame;
  frame.strength = options.strength;
  frame.keep_colors = options.keep_colors;
  frame.compare = options.compare;
  frame.max_size = options.max_size;
  frame.steadiness = options.clip.steadiness;
  frame.memory = frame_memory(options);
  frame.native_work_size = options.work_size == "native";
  if (!options.work_size.empty() && !frame.native_work_size) {
    frame.work_size = parse_work_size(options.work_size);
  }
  return frame;
}

StageCounts stage_counts(const PictureOptions& options, const ComputeChoice& compute) {
  const int usual = default_stage_threads(compute);
  if (options.jobs.empty()) {
    return {{.load = usual, .save = usual}, 1};
  }
  const std::vector<int> counts = parse_counts(options.jobs);
  constexpr std::size_t kStages = 3;
  if (counts.size() != 1 && counts.size() != kStages) {
    throw wrong_jobs(options.jobs);
  }
  return counts.size() == 1 ? StageCounts{{.load = counts[0], .save = counts[0]}, 1}
                            : StageCounts{{.load = counts[0], .save = counts[2]}, counts[1]};
}

StyleRequest style_request(const PictureOptions& options) {
  return {.style = options.style,
          .models_dir = options.models_dir,
          .commercial_only = options.commercial_only,
          .may_offer_download = !options.offline && !options.dry_run && !options.messages.quiet,
          .progress = !options.no_progress};
}

BatchOptions batch_options(const PictureOptions& options, const StageCounts& stages) {
  BatchOptions batch;
  batch.quality = options.quality;
  batch.strip = options.strip;
  batch.fail_fast = options.fail_fast;
  batch.threads = stages.threads;
  return batch;
}

}  // namespace stylize::cli
