#include "stylize/pipeline/batch_runner.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "batch_job.h"
#include "stylize/core/bounded_queue.h"
#include "stylize/core/error.h"
#include "stylize/core/first_failure.h"
#include "stylize/core/memory_budget.h"
#include "stylize/core/memory_info.h"

namespace stylize {
namespace {

constexpr std::size_t kLargestBudget = std::size_t{1} << 30U;
constexpr std::size_t kShareOfFree = 8;

std::size_t budget_bytes(const BatchOptions& options) {
  if (options.memory > 0) {
    return options.memory;
  }
  const std::size_t available = available_memory();
  return available == 0 ? kLargestBudget : std::min(available / kShareOfFree, kLargestBudget);
}

void count(const JobResult& result, BatchSummary& summary) {
  switch (result.status) {
    case JobStatus::kDone: ++summary.done; break;
    case JobStatus::kSkipped: ++summary.skipped; break;
    case JobStatus::kCopied: ++summary.copied; break;
    case JobStatus::kFailed: ++summary.failed; break;
  }
}

// One run: the stages, the queues between them, and what ends them early.
class Batch {
 public:
  Batch(const std::vector<Job>& jobs, const std::vector<std::unique_ptr<Stylizer>>& stylizers,
        const BatchOptions& options, const CancellationToken& cancellation,
        const BatchObserver& observer)
      : jobs_(jobs),
        stylizers_(stylizers),
        options_(options),
        cancellation_(cancellation),
        observer_(observer),
        memory_(budget_bytes(options)),
        loaded_(capacity(options.threads.load)),
        drawn_(capacity(options.threads.save)) {
    summary_.total = static_cast<int>(jobs.size());
  }

  BatchSummary run() {
    {
      Threads savers;
      {
        Threads loaders_and_runners;
        guarded([&] {
          start(savers, options_.threads.save, [this] { save_jobs(); });
          start_drawing(loaders_and_runners);
        });
      }
      drawn_.close();
    }
    failure_.rethrow();
    summary_.interrupted = cancellation_.cancelled();
    return summary_;
  }

 private:
  static std::size_t capacity(int threads) {
    return static_cast<std::size_t>(std::max(threads, 1));
  }

  // Those that were started are joined even where the next cannot be.
  using Threads = std::vector<std::jthread>;

  // The first network runs on this thread.
  void start_drawing(Threads& threads) {
    loading_ = std::max(options_.threads.load, 1);
    start(threads, options_.threads.load, [this] {
      load_jobs();
      if (--loading_ == 0) {
        loaded_.close();
      }
    });
    for (std::size_t i = 1; i < stylizers_.size(); ++i) {
      start(threads, 1, [this, i] { run_jobs(*stylizers_[i]); });
    }
    if (!stylizers_.empty()) {
      run_jobs(*stylizers_.front());
    }
  }

  template <typename Stage>
  void start(Threads& threads, int count, const Stage& stage) {
    try {
      for (int i = 0; i < std::max(count, 1); ++i) {
        threads.emplace_back([this, stage] { guarded(stage); });
      }
    } catch (const std::system_error& error) {
      throw Error(ErrorCode::kOutOfMemory, {},
                  std::string("cannot start another thread: ") + error.code().message(),
                  "use fewer, e.g. --jobs 1:1:1");
    }
  }

  // What a stage throws is no job's failure: the first one ends the run and reaches the caller.
  template <typename Stage>
  void guarded(const Stage& stage) {
    if (!failure_.guard(stage)) {
      stopped_ = true;
      loaded_.abandon();
      drawn_.abandon();
    }
  }

  [[nodiscard]] bool stopping() const { return stopped_ || cancellation_.cancelled(); }

  void load_jobs() {
    for (std::size_t i = next_++; i < jobs_.size() && !stopping(); i = next_++) {
      BatchJob job(jobs_[i], options_);
      if (job.settle_without_drawing()) {
        report(job);
        continue;
      }
      job.hold(memory_.take(job.memory_needed()));
      if (stopping()) {
        return;
      }
      if (!job.load(*stylizers_.front())) {
        report(job);
      } else if (!loaded_.push(std::move(job))) {
        return;
      }
    }
  }

  void run_jobs(Stylizer& stylizer) {
    while (std::optional<BatchJob> first = loaded_.pop()) {
      if (stopping()) {
        loaded_.abandon();
        return;
      }
      std::vector<BatchJob> group;
      group.push_back(std::move(*first));
      add_companions(group, stylizer);
      for (const BatchJob& job : group) {
        const std::lock_guard lock(mutex_);
        observer_.on_start(job.job());
      }
      draw(group, stylizer);
      for (BatchJob& job : group) {
        if (job.failed()) {
          report(job);
        } else if (!drawn_.push(std::move(job))) {
          return;
        }
      }
    }
  }

  // Pictures that wait and can be drawn together with the first.
  void add_companions(std::vector<BatchJob>& group, const Stylizer& stylizer) {
    const auto fits = [&](const BatchJob& candidate) {
      return stylizer.fit_together(group.front().work(), candidate.work());
    };
    while (group.size() < static_cast<std::size_t>(stylizer.batch())) {
      std::optional<BatchJob> companion = loaded_.pop_if(fits);
      if (!companion) {
        return;
      }
      group.push_back(std::move(*companion));
    }
  }

  void save_jobs() {
    while (std::optional<BatchJob> job = drawn_.pop()) {
      job->save(*stylizers_.front());
      report(*job);
    }
  }

  void report(const BatchJob& job) {
    const std::lock_guard lock(mutex_);
    const JobResult& result = job.result();
    count(result, summary_);
    const bool failed = result.status == JobStatus::kFailed;
    // On a full disk every other picture would be drawn in vain.
    if (failed && (options_.fail_fast || result.failure->code == ErrorCode::kDiskFull)) {
      stopped_ = true;
    }
    observer_.on_result(result);
  }

  const std::vector<Job>& jobs_;
  const std::vector<std::unique_ptr<Stylizer>>& stylizers_;
  const BatchOptions& options_;
  const CancellationToken& cancellation_;
  const BatchObserver& observer_;

  MemoryBudget memory_;
  BoundedQueue<BatchJob> loaded_;
  BoundedQueue<BatchJob> drawn_;
  std::atomic<std::size_t> next_{0};
  std::atomic<int> loading_{0};  // threads
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;  // of the observer and the summary
  BatchSummary summary_;
  FirstFailure failure_;
};

}  // namespace

std::string_view job_status_name(JobStatus status) {
  switch (status) {
    case JobStatus::kDone: return "done";
    case JobStatus::kSkipped: return "skipped";
    case JobStatus::kCopied: return "copied";
    case JobStatus::kFailed: return "failed";
  }
  return "failed";
}

BatchSummary run_batch(const std::vector<Job>& jobs,
                       const std::vector<std::unique_ptr<Stylizer>>& stylizers,
                       const BatchOptions& options, const CancellationToken& cancellation,
                       const BatchObserver& observer) {
  return Batch(jobs, stylizers, options, cancellation, observer).run();
}

}  // namespace stylize
