#include "cmd_image.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <vector>

#include "compute_choice.h"
#include "exit_codes.h"
#include "picture_stylizer.h"
#include "planned_jobs.h"
#include "result_printer.h"
#include "signal_watcher.h"
#include "style_choice.h"
#include "stylize/core/log.h"

namespace stylize::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  stylize image photo.jpg                        writes photo.cel.jpg\n"
    "  stylize image *.jpg -o styled/ --style cel     many at once, into a folder\n"
    "  stylize image group.jpg --style jojo           every face of a photo\n"
    "  stylize image in.heic -o out.png --strength 0.7\n"
    "  curl -s URL | stylize image - -f png > out.png";

void check_streams(const ImageOptions& options, const std::vector<Job>& jobs) {
  check_dry_run(options);
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

int run_jobs(const std::vector<Job>& jobs, const StyleChoice& style, const ImageOptions& options,
             const CancellationToken& cancellation) {
  const auto start = std::chrono::steady_clock::now();
  const ComputeChoice compute = choose_compute(options.compute);
  ResultPrinter printer(
      {style.name, compute.device.name(), std::string(precision_name(compute.precision))},
      {options.json, options.report,
       !options.no_progress && verbosity(options.messages) >= Verbosity::kNormal},
      static_cast<int>(jobs.size()));
  const StageCounts stages = stage_counts(options, compute);
  std::vector<std::unique_ptr<Stylizer>> stylizers;
  for (int i = 0; has_work(jobs) && i < stages.run; ++i) {
    stylizers.push_back(make_picture_stylizer(style, compute, options));
  }
  const BatchSummary summary =
      run_batch(jobs, stylizers, batch_options(options, stages), cancellation,
                {[&](const Job& job) { printer.started(job); },
                 [&](const JobResult& result) { printer.finished(result); }});
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  printer.summary(summary, elapsed.count());
  return printer.complete() ? exit_code(summary) : kNothingDone;
}

}  // namespace

int run_images(const ImageOptions& options) {
  install_log_sink(verbosity(options.messages));
  const StyleChoice style = choose_style(style_request(options));
  // After what may ask questions or download, which Ctrl-C simply ends.
  CancellationToken cancellation;
  const SignalWatcher watcher(cancellation);
  // Refuse bad values before any work.
  static_cast<void>(frame_options(options));
  static_cast<void>(face_options(options.face));
  const std::vector<Job> jobs = plan_image_jobs(image_request(options, style.name));
  check_streams(options, jobs);
  if (!options.report.empty()) {
    check_not_in_use(options.report, jobs);
  }
  if (options.dry_run) {
    print_plan(jobs);
    return kAllDone;
  }
  return run_jobs(jobs, style, options, cancellation);
}

DeclaredCommand image_command() {
  return make_command<ImageOptions>(
      "stylize image", "Stylizes image files.",
      [](CLI::App& app, ImageOptions& options) {
        add_image_options(app, options);
        app.footer(kExamples);
      },
      run_images);
}

}  // namespace stylize::cli
