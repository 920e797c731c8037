#include "cmd_folder.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "exit_codes.h"
#include "folder_gallery.h"
#include "folder_printer.h"
#include "merge_reports.h"
#include "picture_stylizer.h"
#include "planned_jobs.h"
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

// What earlier runs have done, and what is left to do.
struct PlannedFolder {
  RunHistory history;
  FolderPlan plan;

  PlannedFolder(const FolderOptions& options, const FolderRequest& request,
                const std::filesystem::path& output)
      : history(output), plan(plan_folder(request, history)) {
    for (const std::string& file : {options.report, options.flags.gallery}) {
      if (!file.empty()) {
        check_not_in_use(file, plan.jobs);
      }
    }
  }
};

// A folder run, and all that its parts share.
struct FolderRun {
  const FolderOptions& options;
  const StyleChoice& style;
  const FolderRequest& request;
  const std::filesystem::path& output;
  const CancellationToken& cancellation;
};

std::string plural(int count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

void announce(const FolderRun& run, const FolderPlan& plan) {
  std::string text =
      plural(static_cast<int>(plan.jobs.size()), "file", "files") + " to " + run.output.string();
  if (plan.of_other_shards > 0) {
    text += ", " + std::to_string(plan.of_other_shards) + " of other shards";
  }
  if (plan.ignored > 0) {
    text += ", " + plural(plan.ignored, "other file is", "other files are") + " no picture";
  }
  if (plan.jobs.empty() && plan.of_other_shards == 0) {
    log_warning(run.request.folder.string() + ": holds no picture that can be read");
  }
  log_info(text);
}

const char* plan_note(const Job& job, const RunHistory& history) {
  if (job.skip) {
    return "  (exists, skipped)";
  }
  if (history.find(job.id, job.output_id) != nullptr) {
    return "  (made already, kept unless something has changed)";
  }
  return job.copy ? "  (copied)" : "";
}

void print_plan(const FolderRun& run, const PlannedFolder& planned) {
  announce(run, planned.plan);
  for (const UnreadableFolder& folder : planned.plan.unreadable) {
    log_warning(folder.path.string() + ": cannot read the folder: " + folder.reason);
  }
  for (const Job& job : planned.plan.jobs) {
    std::printf("%s -> %s%s\n", job.input_name().c_str(), job.output_name().c_str(),
                plan_note(job, planned.history));
  }
}

std::string title_of(const FolderRun& run) {
  const std::filesystem::path folder =
      std::filesystem::absolute(run.request.folder / "").lexically_normal().parent_path();
  return folder.filename().string();
}

bool has_pictures(const FolderPlan& plan) {
  return std::any_of(plan.jobs.begin(), plan.jobs.end(),
                     [](const Job& job) { return !job.skip && !job.copy; });
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

// What draws, and all that decides over its results.
struct Drawing {
  StageCounts stages;
  std::vector<std::unique_ptr<Stylizer>> stylizers;
  std::string parameters;

  Drawing(const FolderRun& run, const ComputeChoice& compute)
      : stages(stage_counts(run.options, compute)),
        parameters(resume_key(run.style, compute, run.options)) {}

  // Loads the networks, once, if there is anything to draw.
  void load(const FolderRun& run, const ComputeChoice& compute, const FolderPlan& plan) {
    while (has_pictures(plan) && static_cast<int>(stylizers.size()) < stages.run) {
      stylizers.push_back(make_picture_stylizer(run.style, compute, run.options));
    }
  }
};

BatchSummary run_jobs(const FolderRun& run, const PlannedFolder& planned, const Drawing& drawing,
                      RunJournal& journal, const std::function<void(const JobResult&)>& on_result) {
  BatchOptions options = batch_options(run.options, drawing.stages);
  options.resume = Resume{.history = &planned.history,
                          .journal = &journal,
                          .parameters = drawing.parameters,
                          .redo = run.options.flags.force};
  return run_batch(planned.plan.jobs, drawing.stylizers, options, run.cancellation,
                   {[](const Job&) {}, on_result});
}

int run_planned(const FolderRun& run, PlannedFolder planned) {
  const auto start = std::chrono::steady_clock::now();
  const ComputeChoice compute = choose_compute(run.options.compute);
  announce(run, planned.plan);
  // Before the first file is touched: the options may still turn out not to go with the style.
  Drawing drawing(run, compute);
  drawing.load(run, compute, planned.plan);
  FolderGallery gallery(own_name(run, run.options.flags.gallery), compute.threads);
  gallery.prepare(planned.plan.jobs.size() + planned.plan.unreadable.size());
  std::optional<RunJournal> journal;
  if (!planned.plan.jobs.empty()) {
    journal.emplace(run.output, run.request.shard ? run.request.shard->name() : "");
    // Once more, now that no other run can change what is there.
    planned = PlannedFolder(run.options, run.request, run.output);
    drawing.load(run, compute, planned.plan);
  }
  const RunFacts facts{run.style.name, compute.device.name(),
                       std::string(precision_name(compute.precision))};
  FolderPrinter printer(
      facts, printer_choice(run),
      static_cast<int>(planned.plan.jobs.size() + planned.plan.unreadable.size()));
  const auto on_result = [&](const JobResult& result) {
    printer.finished(result);
    gallery.add(result);
  };
  BatchSummary summary;
  if (journal) {
    summary = run_jobs(run, planned, drawing, *journal, on_result);
  }
  report_unreadable(planned.plan, on_result, summary);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  printer.summary(summary, elapsed.count());
  const bool has_page =
      gallery.write(facts, title_of(run), summary, elapsed.count(), run.cancellation);
  summary.interrupted = run.cancellation.cancelled();
  if (summary.interrupted) {
    log_info("run the same command again to go on");
  }
  const int code = exit_code(summary);
  return code == kAllDone && !(printer.complete() && has_page) ? kSomeFailed : code;
}

}  // namespace

int run_folder(const FolderOptions& options) {
  install_log_sink(verbosity(options.messages));
  if (!options.merge_reports.empty()) {
    return merge_reports(options.merge_reports);
  }
  check_dry_run(options);
  const StyleChoice style = choose_style(style_request(options));
  // After what may ask questions or download, which Ctrl-C simply ends.
  CancellationToken cancellation;
  const SignalWatcher watcher(cancellation);
  // Refuse bad values before any work.
  static_cast<void>(frame_options(options));
  static_cast<void>(face_options(options.face));
  FolderRequest request = folder_request(options, style.name);
  request.filter.by_products = by_products(options.report, options.flags.gallery,
                                           request.shard ? request.shard->name() : "");
  const std::filesystem::path output = output_folder(request);
  const FolderRun run{options, style, request, output, cancellation};
  PlannedFolder planned(options, request, output);
  if (options.dry_run) {
    print_plan(run, planned);
    return kAllDone;
  }
  return run_planned(run, std::move(planned));
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
