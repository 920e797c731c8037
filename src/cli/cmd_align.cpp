#include "cmd_align.h"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "align_paste.h"
#include "config_file.h"
#include "exit_codes.h"
#include "face_options.h"
#include "json_lines.h"
#include "log_sink.h"
#include "message_options.h"
#include "result_printer.h"
#include "shared_options.h"
#include "signal_watcher.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/face/face_detector.h"
#include "stylize/face/landmarks_file.h"
#include "stylize/pipeline/batch_runner.h"
#include "stylize/pipeline/face_files.h"
#include "stylize/pipeline/job_failure.h"
#include "stylize/style/model_locations.h"

namespace stylize::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kFiles = "Input and output";
constexpr const char* kCrops = "Crops";
constexpr const char* kBack = "Putting back";
constexpr int kSmallestCrop = 16;

constexpr const char* kFooter =
    "For every photo DIR gets photo.face1.png and so on, the largest face first, and\n"
    "photo.faces.json: box, confidence, 68 landmarks, square and transform of each.\n"
    "\n"
    "Examples:\n"
    "  stylize align *.jpg -o faces/                   every face, 1024 pixels a side\n"
    "  stylize align photo.jpg -o faces/ --draw        and a picture of what was found\n"
    "  stylize align --paste faces/photo.faces.json -o new.jpg\n"
    "                                                  puts the crops you edited back";

// As typed.
struct AlignFlags {
  std::vector<std::string> inputs;
  std::string output;
  std::string variant = "ffhq";
  std::string faces = "all";
  std::string on_no_face = "skip";
  std::string landmarks;
  std::string models_dir;
  std::string paste;
  std::string photo;
  std::string mask = "head";
  MessageOptions messages;
  int size = 1024;
  bool draw = false;
  bool overwrite = false;
  bool json = false;
};

void add_file_options(CLI::App& app, AlignFlags& flags) {
  app.add_option("INPUT", flags.inputs, "Image files")->type_name("")->group(kFiles);
  app.add_option("-o,--output", flags.output,
                 "Folder for crops and JSON (made if missing); with --paste the picture to write")
      ->required()
      ->check([](const std::string& path) { return std::string(path.empty() ? "is empty" : ""); })
      ->type_name("PATH")
      ->configurable(false)
      ->group(kFiles);
  app.add_flag("-y,--overwrite", flags.overwrite,
               "Replace files that are there, edited crops among them")
      ->group(kFiles);
}

// What has another meaning or other values elsewhere is not for a shared --config file.
std::vector<CLI::Option*> add_crop_options(CLI::App& app, AlignFlags& flags) {
  std::vector<CLI::Option*> options;
  options.push_back(app.add_option("--size", flags.size, "Side of the crops in pixels")
                        ->check(CLI::Range(kSmallestCrop, kLargestCrop))
                        ->type_name("PX")
                        ->capture_default_str());
  options.push_back(app.add_option("--variant", flags.variant,
                                   "How to cut: ffhq (as JoJoGAN does), ffhq-fine (as FFHQ and "
                                   "BlendGAN do, smoother) or wide (1.3 times the side)")
                        ->check(CLI::IsMember({"ffhq", "ffhq-fine", "wide"}))
                        ->type_name("WHICH")
                        ->capture_default_str());
  options.push_back(
      app.add_option("--faces", flags.faces, "all, largest, or a number of the largest")
          ->check(suggests({"all", "largest"}))
          ->type_name("WHICH")
          ->capture_default_str());
  options.push_back(app.add_option("--on-no-face", flags.on_no_face,
                                   "A picture without a face: skip (and say so) or fail")
                        ->check(CLI::IsMember({"skip", "fail"}))
                        ->type_name("WHAT")
                        ->capture_default_str());
  options.push_back(app.add_flag("--draw", flags.draw,
                                 "Also write photo.faces.png: boxes, landmarks and squares drawn"));
  for (CLI::Option* option : options) {
    option->configurable(false)->group(kCrops);
  }
  app.add_option("--landmarks", flags.landmarks, "dlib's model of 68 facial landmarks")
      ->check(CLI::ExistingFile)
      ->type_name("FILE")
      ->group(kCrops);
  return options;
}

void add_paste_options(CLI::App& app, AlignFlags& flags,
                       const std::vector<CLI::Option*>& not_with_paste) {
  CLI::Option* paste =
      app.add_option("--paste", flags.paste,
                     "Put back the crops you edited, which lie beside this photo.faces.json")
          ->check(
              [](const std::string& path) { return std::string(path.empty() ? "is empty" : ""); })
          ->type_name("JSON")
          ->configurable(false)
          ->group(kBack);
  app.add_option("--input", flags.photo, "The photo, if it is not where the JSON says")
      ->needs(paste)
      ->type_name("FILE")
      ->configurable(false)
      ->group(kBack);
  app.add_option("--mask", flags.mask, "How much of a crop goes back: face, head or square")
      ->needs(paste)
      ->check(CLI::IsMember({"face", "head", "square"}))
      ->type_name("WHAT")
      ->configurable(false)
      ->group(kBack)
      ->capture_default_str();
  for (CLI::Option* option : not_with_paste) {
    paste->excludes(option);
  }
}

void add_options(CLI::App& app, AlignFlags& flags) {
  add_file_options(app, flags);
  add_paste_options(app, flags, add_crop_options(app, flags));
  add_models_dir_option(app, flags.models_dir)
      ->description("Folder to look for the landmark model first");
  app.add_flag("--json", flags.json, "One JSON object a picture on standard output, and a summary")
      ->group(kMessagesGroup);
  add_message_options(app, flags.messages);
  add_config_option(app, true);
  app.footer(kFooter);
}

AlignOptions align_options(const AlignFlags& flags) {
  if (flags.faces.empty() || flags.faces == "none") {
    throw Error(ErrorCode::kUsage, "--faces " + flags.faces, "must be all, largest or a number");
  }
  return {.folder = flags.output,
          .variant = find_variant(flags.variant).value_or(AlignmentVariant::kJojogan),
          .size = flags.size,
          .most_faces = parse_face_count(flags.faces),
          .draw = flags.draw,
          .overwrite = flags.overwrite ? Overwrite::kYes : Overwrite::kNo};
}

// What became of one photo.
struct Outcome {
  AlignedFiles files;
  std::optional<JobFailure> failure;

  [[nodiscard]] bool found() const { return !files.record.faces.empty(); }
};

Json outcome_json(const std::string& input, const Outcome& outcome) {
  const FaceRecord& record = outcome.files.record;
  Json object{{"input", input}, {"output", nullptr}, {"status", "failed"}};
  if (outcome.failure) {
    object["error"] = error_json(*outcome.failure);
    return object;
  }
  object["status"] = outcome.found() ? "done" : "skipped";
  if (outcome.found()) {
    object["output"] = outcome.files.record_file.string();
  }
  // The record's own words, but for the name of the input.
  const Json written = Json::parse(face_record_text(record));
  for (const char* key : {"width", "height", "variant", "faces"}) {
    object[key] = written.at(key);
  }
  return object;
}

void report(const std::string& counter, const std::string& input, const Outcome& outcome) {
  if (outcome.failure) {
    log_error(counter + outcome.failure->message);
  } else if (!outcome.found()) {
    log_info(counter + input + ": skipped, no face was found");
  } else {
    const std::size_t count = outcome.files.record.faces.size();
    log_info(fmt::format("{}{} -> {}  {} face{}", counter, input,
                         outcome.files.record_file.string(), count, count == 1 ? "" : "s"));
  }
}

void count(const Outcome& outcome, BatchSummary& summary) {
  if (outcome.failure) {
    ++summary.failed;
  } else {
    ++(outcome.found() ? summary.done : summary.skipped);
  }
}

int align_all(const AlignFlags& flags) {
  const auto start = std::chrono::steady_clock::now();
  const AlignOptions options = align_options(flags);
  const std::vector<fs::path> inputs(flags.inputs.begin(), flags.inputs.end());
  for (const std::string& input : flags.inputs) {
    if (input == "-") {
      throw Error(ErrorCode::kUsage, input, "faces are aligned from files",
                  "save the picture to a file first");
    }
  }
  check_align_outputs(inputs, options);
  CancellationToken cancellation;
  const SignalWatcher watcher(cancellation);
  FaceDetector detector(find_landmarks_file(flags.landmarks, model_folders(flags.models_dir)));
  const FindFaces find_faces = [&](const cv::Mat& rgb) { return detector.detect(rgb); };
  BatchSummary summary;
  summary.total = static_cast<int>(inputs.size());
  for (std::size_t i = 0; i < inputs.size() && !cancellation.cancelled(); ++i) {
    const std::string name = inputs[i].string();
    Outcome outcome;
    outcome.failure = run_isolated(name, "use a smaller --size", [&] {
      outcome.files = align_to_files(inputs[i], inputs, find_faces, options);
      if (!outcome.found() && flags.on_no_face == "fail") {
        throw Error(ErrorCode::kNoFace, name, "no face was found",
                    "--on-no-face skip goes on without");
      }
    });
    count(outcome, summary);
    report(inputs.size() > 1 ? fmt::format("[{}/{}] ", i + 1, inputs.size()) : "", name, outcome);
    if (flags.json) {
      print_line(to_line(outcome_json(name, outcome)));
    }
  }
  summary.interrupted = cancellation.cancelled();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  log_summary(summary, elapsed.count());
  if (flags.json) {
    print_line(to_line(summary_json(summary, elapsed.count())));
  }
  return exit_code(summary);
}

int run(const AlignFlags& flags) {
  install_log_sink(verbosity(flags.messages));
  if (!flags.paste.empty()) {
    if (!flags.inputs.empty()) {
      throw Error(ErrorCode::kUsage, flags.inputs.front(), "--paste takes no other input",
                  "name the photo with --input");
    }
    return paste_crops({.record = flags.paste,
                        .photo = flags.photo,
                        .output = flags.output,
                        .mask = parse_mask(flags.mask),
                        .overwrite = flags.overwrite,
                        .json = flags.json});
  }
  if (flags.inputs.empty()) {
    throw Error(ErrorCode::kUsage, "stylize align", "name a photo, or a JSON with --paste",
                "see stylize align --help");
  }
  return align_all(flags);
}

}  // namespace

DeclaredCommand align_command() {
  return make_command<AlignFlags>(
      "stylize align", "Cuts faces out of photos, upright and square, and puts edited ones back.",
      add_options, run);
}

}  // namespace stylize::cli
