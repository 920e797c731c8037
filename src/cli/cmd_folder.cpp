#include "cmd_folder.h"

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>

#include "exit_codes.h"
#include "folder_gallery.h"
#include "folder_printer.h"
#include "merge_reports.h"
#include "picture_stylizer.h"
#include "resume_key.h"
#include "signal_watcher.h"
#include "style_choice.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/pipeline/folder_planner.h"
#include "stylize/pipeline/run_history.h"
#include "stylize/pipeline/run_journal.h"

namespace stylize::cli {
namespace {

constexpr const char* kExamples =
    "Run it again to go on where it stopped: only what is missing or has changed is done.\n"
    "\n"
    "Examples:\n"
    "  stylize folder photos                       writes photos.cel/ with the same tree\n"
    "  stylize folder photos -o drawn --include '*.jpg' --exclude raw\n"
    "  find . -newer last -name '*.jpg' | stylize folder --from-list - -o drawn\n"
    "  stylize folder photos --shard 2/4           the second of four machines\n"
    "  stylize folder photos --gallery photos.html  before and after on one page";

// A folder run that was planned, and all that its parts share.
struct FolderRun {
  const FolderOptions& options;
  const StyleChoice& style;
  const FolderRequest& request;
  const std::filesystem::path& output;
  const RunHistory& history;
  const FolderPlan& plan;
  const CancellationToken& cancellation;
};

void print_plan(const FolderPlan& plan) {
  for (const Job& job : plan.jobs) {
    const char* note = job.skip ? "  (exists, skipped)" : job.copy ? "  (copied)" : "";
    std::printf("%s -> %s%s\n", job.input_name().c_str(), job.output_name().c_str(), note);
  }
}

std::string plural(int count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

void announce(const FolderRun& run) {
  std::string text = plural(static_cast<int>(run.plan.jobs.size()), "file", "files") + " to " +
                     run.output.string();
  if (run.plan.of_other_shards > 0) {
    text += ", " + std::to_string(run.plan.of_other_shards) + " of other shards";
  }
  if (run.plan.ignored > 0) {
    text += ", " + plural(run.plan.ignored, "other file is", "other files are") + " no picture";
  }
  if (run.plan.jobs.empty() && run.plan.of_other_shards == 0) {
    log_warning(run.request.folder.string() + ": holds no picture that can be read");
  }
  log_info(text);
}

std::string title_of(const FolderRun& run) {
  const std::filesystem::path folder =
      std::filesystem::absolute(run.request.folder / "").lexically_normal().parent_path();
  return folder.filename().string();
}

bool has_pictures(const FolderPlan& plan) {
  for (const Job& job : plan.jobs) {
    if (!job.skip && !job.copy) {
      return true;
    }
  }
  return false;
}

// Shards write reports and pages of their own, or the last to end would be the only one to tell.
std::string own_name(const FolderRun& run, const std::string& file) {
  return file.empty() || !run.request.shard ? file
                                            : shard_report_name(file, run.request.shard->name());
}

FolderPrinter::Choice printer_choice(const FolderRun& run) {
  const Verbosity said = verbosity(run.options.messages);
  return {.json = run.options.json,
          .report = own_name(run, run.options.report),
          .progress = !run.options.no_progress && said >= Verbosity::kNormal,
          .every_file = said == Verbosity::kVerbose};
}

// Folders that could not be entered count as inputs that failed.
void report_unreadable(const FolderPlan& plan,
                       const std::function<void(const JobResult&)>& on_result,
                       BatchSummary& summary) {
  for (const UnreadableFolder& folder : plan.unreadable) {
    JobResult result;
    result.job.input = folder.path;
    result.status = JobStatus::kFailed;
    result.failure =
        JobFailure{ErrorCode::kInputMissing,
                   folder.path.string() + ": cannot read the folder: " + folder.reason};
    on_result(result);
    ++summary.total;
    ++summary.failed;
  }
}

// What draws, and all that decides over its results; made before the first file is touched, since
// the options may still turn out not to go with the style.
struct Drawing {
  StageCounts stages;
  std::vector<std::unique_ptr<Stylizer>> stylizers;
  std::string parameters;

  Drawing(const FolderRun& run, const ComputeChoice& compute)
      : stages(stage_counts(run.options, compute.device)),
        parameters(resume_key(run.style, compute, run.options)) {
    for (int i = 0; has_pictures(run.plan) && i < stages.run; ++i) {
      stylizers.push_back(make_picture_stylizer(run.style, compute, run.options));
    }
  }
};

BatchSummary run_jobs(const FolderRun& run, const Drawing& drawing,
                      const std::function<void(const JobResult&)>& on_result) {
  RunJournal journal(run.output, run.request.shard ? run.request.shard->name() : "");
  BatchOptions options = batch_options(run.options, drawing.stages);
  options.resume = Resume{.history = &run.history,
                          .journal = &journal,
                          .parameters = drawing.parameters,
                          .redo = run.options.flags.force};
  return run_batch(run.plan.jobs, drawing.stylizers, options, run.cancellation,
                   {[](const Job&) {}, on_result});
}

int run_plan(const FolderRun& run) {
  const auto start = std::chrono::steady_clock::now();
  const ComputeChoice compute = choose_compute(run.options.compute);
  announce(run);
  const Drawing drawing(run, compute);
  const RunFacts facts{run.style.name, compute.device.name(),
                       std::string(precision_name(compute.precision))};
  FolderPrinter printer(facts, printer_choice(run),
                        static_cast<int>(run.plan.jobs.size() + run.plan.unreadable.size()));
  FolderGallery gallery(own_name(run, run.options.flags.gallery));
  const auto on_result = [&](const JobResult& result) {
    printer.finished(result);
    gallery.add(result);
  };
  BatchSummary summary;
  if (!run.plan.jobs.empty()) {
    summary = run_jobs(run, drawing, on_result);
  }
  report_unreadable(run.plan, on_result, summary);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  printer.summary(summary, elapsed.count());
  gallery.write(facts, title_of(run), summary, elapsed.count(), run.cancellation);
  if (summary.interrupted) {
    log_info("run the same command again to go on");
  }
  return printer.complete() ? exit_code(summary) : kNothingDone;
}

}  // namespace

int run_folder(const FolderOptions& options) {
  install_log_sink(verbosity(options.messages));
  if (!options.merge_reports.empty()) {
    return merge_reports(options.merge_reports);
  }
  if (options.json && options.dry_run) {
    throw Error(ErrorCode::kUsage, "--dry-run", "makes no JSON", "leave out --json");
  }
  const StyleChoice style = choose_style(style_request(options));
  // After what may ask questions or download, which Ctrl-C simply ends.
  CancellationToken cancellation;
  const SignalWatcher watcher(cancellation);
  // Refuse bad values before any work.
  static_cast<void>(frame_options(options));
  static_cast<void>(face_options(options.face));
  const FolderRequest request = folder_request(options, style.name);
  const std::filesystem::path output = output_folder(request);
  const RunHistory history(output);
  const FolderPlan plan = plan_folder(request, history);
  for (const std::string& file : {options.report, options.flags.gallery}) {
    if (!file.empty()) {
      check_not_in_use(file, plan.jobs);
    }
  }
  if (options.dry_run) {
    print_plan(plan);
    return kAllDone;
  }
  return run_plan({options, style, request, output, history, plan, cancellation});
}

DeclaredCommand folder_command() {
  return make_command<FolderOptions>(
      "stylize folder",
      "Stylizes every picture of a folder, and goes on where an earlier run stopped.",
      [](CLI::App& app, FolderOptions& options) {
        add_folder_options(app, options);
        app.footer(kExamples);
      },
      run_folder);
}

}  // namespace stylize::cli
