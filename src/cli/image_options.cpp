#include "image_options.h"

#include <cmath>

#include "config_file.h"
#include "stylize/core/error.h"

namespace stylize::cli {
namespace {

constexpr const char* kFiles = "Input and output";
constexpr const char* kLook = "Look";
constexpr const char* kRunning = "Running";
constexpr int kLargestSide = 1 << 16;

void add_file_options(CLI::App& app, ImageOptions& options) {
  app.add_option("INPUT", options.inputs,
                 "Image files (JPEG, PNG, WebP, TIFF, HEIC, AVIF, GIF); - is standard input")
      ->required()
      ->type_name("")
      ->group(kFiles);
  app.add_option("-o,--output", options.output,
                 "File, or folder (made if missing), or - for standard output; default: beside "
                 "the input as <name>.<style>.<ending>")
      ->check([](const std::string& path) { return std::string(path.empty() ? "is empty" : ""); })
      ->type_name("PATH")
      ->group(kFiles);
  app.add_option("-f,--format", options.format,
                 "Write jpg, png, webp, tif, heic, avif or gif; default: the input's")
      ->type_name("FORMAT")
      ->group(kFiles);
  app.add_option("-q,--quality", options.quality,
                 "1 to 100, for jpg, webp, heic and avif; default: no visible loss")
      ->check(CLI::Range(1, 100))
      ->type_name("N")
      ->group(kFiles);
  app.add_option("--on-exists", options.on_exists,
                 "Output is there already: error, skip, overwrite or rename")
      ->check(CLI::IsMember({"error", "skip", "overwrite", "rename"}))
      ->type_name("WHAT")
      ->group(kFiles)
      ->capture_default_str();
  app.add_flag("-y,--overwrite", options.overwrite, "Same as --on-exists overwrite")->group(kFiles);
  app.add_flag("--strip", options.strip,
               "Leave out EXIF, XMP and comments (not the colour profile)")
      ->group(kFiles);
}

void add_look_options(CLI::App& app, ImageOptions& options) {
  app.add_option("-s,--style", options.style, "Name (see: stylize models list) or model file (.pt)")
      ->type_name("NAME|FILE")
      ->group(kLook)
      ->capture_default_str();
  app.add_option("--strength", options.strength, "0 (the input) to 1 (the full style)")
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
      ->type_name("PX|native")
      ->group(kLook);
  app.add_option("--max-size", options.max_size, "Shrink the output to this long side")
      ->check(CLI::Range(1, kLargestSide))
      ->type_name("PX")
      ->group(kLook);
  app.add_flag("--compare", options.compare, "Write input and result side by side")->group(kLook);
}

void add_running_options(CLI::App& app, ImageOptions& options) {
  add_compute_options(app, options.compute);
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

void add_report_options(CLI::App& app, ImageOptions& options) {
  app.add_flag("--json", options.json, "One JSON object a picture on standard output")
      ->group(kMessagesGroup);
  app.add_option("--report", options.report, "Write the same JSON lines to a file")
      ->type_name("FILE")
      ->group(kMessagesGroup);
  add_message_options(app, options.messages);
  app.add_flag("--no-progress", options.no_progress, "No status line on a terminal")
      ->group(kMessagesGroup);
}

OnExists on_exists(const ImageOptions& options) {
  if (options.overwrite && options.on_exists != "error" && options.on_exists != "overwrite") {
    throw Error(ErrorCode::kUsage, "-y", "contradicts --on-exists " + options.on_exists);
  }
  if (options.overwrite || options.on_exists == "overwrite") return OnExists::kOverwrite;
  if (options.on_exists == "skip") return OnExists::kSkip;
  if (options.on_exists == "rename") return OnExists::kRename;
  return OnExists::kError;
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

}  // namespace

void add_image_options(CLI::App& app, ImageOptions& options) {
  add_file_options(app, options);
  add_look_options(app, options);
  add_face_options(app, options.face);
  add_running_options(app, options);
  add_report_options(app, options);
  add_config_option(app, false);
}

ImageRequest image_request(const ImageOptions& options, const std::string& style_name) {
  ImageRequest request;
  request.inputs = options.inputs;
  request.style = style_name;
  request.on_exists = on_exists(options);
  if (!options.output.empty()) {
    request.output = options.output;
  }
  if (!options.format.empty()) {
    request.format = find_format(options.format);
    if (!request.format) {
      throw Error(ErrorCode::kUsage, "-f " + options.format, "cannot write this format",
                  "choose " + format_list());
    }
  }
  return request;
}

FrameOptions frame_options(const ImageOptions& options) {
  if (!std::isfinite(options.strength)) {
    throw Error(ErrorCode::kUsage, "--strength", "must be a number from 0 to 1");
  }
  FrameOptions frame;
  frame.strength = options.strength;
  frame.keep_colors = options.keep_colors;
  frame.compare = options.compare;
  frame.max_size = options.max_size;
  frame.native_work_size = options.work_size == "native";
  if (!options.work_size.empty() && !frame.native_work_size) {
    frame.work_size = parse_work_size(options.work_size);
  }
  return frame;
}

}  // namespace stylize::cli
