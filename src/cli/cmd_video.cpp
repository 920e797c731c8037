#include "cmd_video.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "exit_codes.h"
#include "picture_stylizer.h"
#include "planned_jobs.h"
#include "resume_key.h"
#include "signal_watcher.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/pipeline/job_failure.h"
#include "video_drawing.h"
#include "video_preview.h"
#include "video_printer.h"

namespace stylize::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kExamples =
    "Sound, subtitles, chapters and every frame's time stay as they are.\n"
    "\n"
    "Examples:\n"
    "  stylize video clip.mp4                         writes clip.cel.mp4\n"
    "  stylize video clip.mov -o drawn.mkv --crf 16   another container, finer\n"
    "  stylize video clip.mp4 -o clip.gif --fps 12    an animated picture\n"
    "  stylize video clip.mp4 --preview 9             nine frames on a picture, before a long run\n"
    "  stylize video clip.mp4 --start 60 --duration 5 five seconds, to see how it looks";

// All that one run over videos shares.
struct VideosRun {
  const VideoOptions& options;
  const std::vector<Job>& jobs;
  Stylizer* stylizer;      // null where nothing is to be drawn
  const std::string& key;  // all that decides over the frames but the source
  int threads;
  VideoPrinter& printer;
  const CancellationToken& cancellation;
};

void draw_what_was_asked(const VideosRun& run, JobResult& result) {
  const VideoTools tools{run.options, *run.stylizer, run.key,
                         run.threads, run.printer,   run.cancellation};
  if (run.options.flags.preview) {
    draw_preview(tools, result);
  } else {
    draw_video(tools, result);
  }
}

JobResult run_job(const Job& job, const VideosRun& run) {
  JobResult result;
  result.job = job;
  if (job.skip) {
    result.status = JobStatus::kSkipped;
    result.note = job.output_name() + " exists already";
    return result;
  }
  const Clock::time_point start = Clock::now();
  result.failure = run_isolated(job.input_name(), "use a smaller --work-size or --max-size",
                                [&] { draw_what_was_asked(run, result); });
  result.status = result.failure ? JobStatus::kFailed : JobStatus::kDone;
  result.times.infer = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return result;
}

void count(const JobResult& result, BatchSummary& summary) {
  summary.done += result.status == JobStatus::kDone ? 1 : 0;
  summary.skipped += result.status == JobStatus::kSkipped ? 1 : 0;
  summary.failed += result.status == JobStatus::kFailed ? 1 : 0;
}

// Several videos are a batch; what is wrong with the only one is wrong with the command.
int code_of(const BatchSummary& summary, const std::optional<ErrorCode>& last_failure) {
  return summary.total == 1 && last_failure ? exit_code(*last_failure) : exit_code(summary);
}

BatchSummary run_all(const VideosRun& run, std::optional<ErrorCode>& last_failure) {
  BatchSummary summary;
  summary.total = static_cast<int>(run.jobs.size());
  for (const Job& job : run.jobs) {
    if (run.cancellation.cancelled()) {
      summary.interrupted = true;
      break;
    }
    const JobResult result = run_job(job, run);
    count(result, summary);
    run.printer.finished(result);
    summary.interrupted = result.failure && result.failure->code == ErrorCode::kInterrupted;
    last_failure = result.failure ? std::optional(result.failure->code) : std::nullopt;
    if (result.failure && (run.options.fail_fast || result.failure->code == ErrorCode::kDiskFull)) {
      break;
    }
  }
  return summary;
}

// What the outputs' endings leave no choice of.
void check_endings(const std::vector<Job>& jobs, const VideoWriteOptions& writing) {
  for (const Job& job : jobs) {
    check_write_options(job.output, writing);
  }
}

// A video keeps all its frames.
void check_face_policy(const VideoOptions& options) {
  const FaceFlags& flags = options.face;
  if (flags.on_no_face == "whole" && options.compare && options.max_size) {
    throw Error(ErrorCode::kUsage, "--on-no-face whole",
                "frames with and without faces would have two sizes with --compare and --max-size",
                "leave out one of them");
  }
  if (flags.on_no_face == "skip") {
    throw Error(ErrorCode::kUsage, "--on-no-face skip", "a video keeps all its frames",
                "copy leaves those without a face as they are");
  }
  if (flags.paste == false) {
    throw Error(ErrorCode::kUsage, "--no-paste", "faces alone make no video", "leave it out");
  }
}

}  // namespace

int run_videos(VideoOptions options) {
  // Frames of a preview are not neighbours.
  options.clip = options.flags.preview ? ClipChoice{.is_clip = true} : clip_choice(options.flags);
  install_log_sink(verbosity(options.messages));
  check_dry_run(options);
  const StyleChoice style = choose_style(style_request(options));
  // After what may ask questions or download, which Ctrl-C simply ends.
  CancellationToken cancellation;
  const SignalWatcher watcher(cancellation);
  // Refuse bad values before any work.
  static_cast<void>(frame_options(options));
  static_cast<void>(face_options(options.face));
  static_cast<void>(write_options(options));
  check_face_policy(options);
  const std::vector<Job> jobs = options.flags.preview
                                    ? plan_previews(options, style.name)
                                    : plan_video_jobs(video_request(options, style.name));
  if (!options.flags.preview) {
    check_endings(jobs, write_options(options));
  }
  if (!options.report.empty()) {
    check_not_in_use(options.report, jobs);
  }
  if (options.dry_run) {
    print_plan(jobs);
    return kAllDone;
  }
  const Clock::time_point start = Clock::now();
  const ComputeChoice compute = choose_compute(options.compute);
  const std::unique_ptr<Stylizer> stylizer =
      has_work(jobs) ? make_picture_stylizer(style, compute, options) : nullptr;
  VideoPrinter printer(
      {style.name, compute.device.name(), std::string(precision_name(compute.precision))},
      {options.json, options.report,
       !options.no_progress && verbosity(options.messages) >= Verbosity::kNormal});
  const std::string key = resume_key(style, compute, options);
  std::optional<ErrorCode> last_failure;
  const BatchSummary summary = run_all(
      {options, jobs, stylizer.get(), key, compute.threads, printer, cancellation}, last_failure);
  printer.summary(summary, std::chrono::duration<double>(Clock::now() - start).count());
  const int code = code_of(summary, last_failure);
  return code == kAllDone && !printer.complete() ? kSomeFailed : code;
}

DeclaredCommand video_command() {
  return make_command<VideoOptions>(
      "stylize video", "Draws every frame of a video, and leaves the rest of it as it is.",
      [](CLI::App& app, VideoOptions& options) {
        add_video_options(app, options);
        app.footer(kExamples);
      },
      run_videos);
}

}  // namespace stylize::cli
