#include "cmd_image.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include "exit_codes.h"
#include "parse.h"
#include "result_printer.h"
#include "signal_watcher.h"
#include "stylize/core/log.h"
#include "stylize/infer/cpu_features.h"
#include "stylize/media/image_io.h"
#include "stylize/style/model_locations.h"
#include "stylize/style/registry.h"

namespace stylize::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  stylize image photo.jpg                        writes photo.cel.jpg\n"
    "  stylize image *.jpg -o styled/ --style cel     many at once, into a folder\n"
    "  stylize image in.heic -o out.png --strength 0.7\n"
    "  curl -s URL | stylize image - -f png > out.png";

// The style as asked for: from the registry, or a model file.
struct StyleChoice {
  std::optional<RegisteredStyle> registered;
  std::filesystem::path file;
  std::string name;
};

struct ComputeChoice {
  Device device;
  Precision precision = Precision::kFp32;
  int threads = 1;
};

StyleChoice choose_style(const ImageOptions& options) {
  StyleChoice choice;
  if (names_model_file(options.style)) {
    choice.file = options.style;
    choice.name = choice.file.stem().string();
    return choice;
  }
  choice.registered = Registry(model_folders(options.models_dir)).find(options.style);
  choice.name = choice.registered->manifest.name;
  return choice;
}

void check_licence(const Manifest& manifest, const ImageOptions& options) {
  if (options.commercial_only && !manifest.licence.commercial) {
    throw Error(ErrorCode::kUsage, "--commercial-only",
                "style '" + manifest.name +
                    "' may not be used commercially (licence: " + manifest.licence.text + ")",
                "choose another style; see stylize models list");
  }
}

ComputeChoice choose_compute(const ImageOptions& options) {
  ComputeChoice choice;
  const PrecisionRequest precision = parse_precision(options.precision);
  const CpuFeatures features = detect_cpu_features();
  choice.device = resolve_device(parse_device(options.device));
  choice.precision = resolve_precision(precision, choice.device, features);
  choice.threads = set_compute_threads(options.threads);
  set_media_threads(choice.threads);
  const std::string why =
      choice.device.reason.empty() ? std::string() : " (" + choice.device.reason + ")";
  log_info(fmt::format("running on {}{} in {}, {} threads", choice.device.name(), why,
                       precision_name(choice.precision), choice.threads));
  log_debug("processor: " + describe(features));
  const bool has_bf16 = features.amx_bf16 || features.avx512_bf16;
  if (choice.device.kind == DeviceKind::kCpu && choice.precision == Precision::kBf16 && !has_bf16) {
    log_warning("this processor only emulates bf16, many times slower than fp32");
  }
  return choice;
}

FrameStyle load_style(const StyleChoice& style, const ComputeChoice& compute) {
  if (style.registered) {
    return {*style.registered, compute.device, compute.precision};
  }
  return {style.file, compute.device, compute.precision};
}

bool has_work(const std::vector<Job>& jobs) {
  return std::any_of(jobs.begin(), jobs.end(), [](const Job& job) { return !job.skip; });
}

void print_plan(const std::vector<Job>& jobs) {
  for (const Job& job : jobs) {
    const std::string note = job.skip ? "  (exists, skipped)" : "";
    std::printf("%s -> %s%s\n", job.input_name().c_str(), job.output_name().c_str(), note.c_str());
  }
}

void check_streams(const ImageOptions& options, const std::vector<Job>& jobs) {
  if (options.json && options.dry_run) {
    throw Error(ErrorCode::kUsage, "--dry-run", "makes no JSON", "leave out --json");
  }
  for (const Job& job : jobs) {
    if (!job.writes_stdout()) {
      continue;
    }
    if (options.json) {
      throw Error(ErrorCode::kUsage, "--json", "standard output is taken by the picture",
                  "name a file with -o, or use --report FILE");
    }
    if (!options.dry_run && ::isatty(STDOUT_FILENO) == 1) {
      throw Error(ErrorCode::kUsage, "-o -", "standard output is a terminal",
                  "redirect it to a file, or name one with -o");
    }
  }
}

BatchOptions batch_options(const ImageOptions& options) {
  return {.quality = options.quality, .strip = options.strip, .fail_fast = options.fail_fast};
}

int run_jobs(const std::vector<Job>& jobs, const StyleChoice& style, const FrameOptions& frame,
             const ImageOptions& options, const CancellationToken& cancellation) {
  const auto start = std::chrono::steady_clock::now();
  const ComputeChoice compute = choose_compute(options);
  ResultPrinter printer(
      {style.name, compute.device.name(), std::string(precision_name(compute.precision))},
      {options.json, options.report,
       !options.no_progress && verbosity(options) >= Verbosity::kNormal},
      static_cast<int>(jobs.size()));
  std::optional<FrameStylizer> stylizer;
  if (has_work(jobs)) {
    stylizer.emplace(load_style(style, compute), frame);
    check_licence(stylizer->style().manifest(), options);
  }
  const BatchSummary summary =
      run_batch(jobs, [&](Image image) { return stylizer->stylize(std::move(image)); },
                batch_options(options), cancellation,
                {[&](const Job& job) { printer.started(job); },
                 [&](const JobResult& result) { printer.finished(result); }});
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  printer.summary(summary, elapsed.count());
  return printer.complete() ? exit_code(summary) : kNothingDone;
}

}  // namespace

int run_images(const ImageOptions& options) {
  install_log_sink(verbosity(options));
  CancellationToken cancellation;
  const SignalWatcher watcher(cancellation);
  const StyleChoice style = choose_style(options);
  if (style.registered) {
    check_licence(style.registered->manifest, options);
  }
  const FrameOptions frame = frame_options(options);  // refuses bad values before any work
  const std::vector<Job> jobs = plan_image_jobs(image_request(options, style.name));
  check_streams(options, jobs);
  if (!options.report.empty()) {
    check_not_in_use(options.report, jobs);
  }
  if (options.dry_run) {
    print_plan(jobs);
    return kAllDone;
  }
  return run_jobs(jobs, style, frame, options, cancellation);
}

int image_command(const std::vector<std::string>& arguments) {
  ImageOptions options;
  CLI::App app("Stylizes image files.", "stylize image");
  add_image_options(app, options);
  app.footer(kExamples);
  return parse(app, arguments) ? run_images(options) : kAllDone;
}

}  // namespace stylize::cli
