// Runs planned jobs one after the other; a failed one never ends the rest.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stylize/core/cancellation.h"
#include "stylize/core/error.h"
#include "stylize/media/image.h"
#include "stylize/pipeline/job_planner.h"

namespace stylize {

enum class JobStatus { kDone, kSkipped, kFailed };

struct JobFailure {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // begins with the input's name
};

struct JobTimes {  // milliseconds
  double load = 0.0;
  double infer = 0.0;
  double save = 0.0;
};

struct JobResult {
  Job job;
  JobStatus status = JobStatus::kDone;
  std::optional<JobFailure> failure;  // with kFailed
  int width = 0;                      // of the output; 0 when none was made
  int height = 0;
  JobTimes times;
};

struct BatchSummary {
  int total = 0;
  int done = 0;
  int skipped = 0;
  int failed = 0;
  bool interrupted = false;  // asked to stop; the job in flight was finished
};

struct BatchOptions {
  std::optional<int> quality;
  bool strip = false;
  bool fail_fast = false;
};

// Turns a decoded picture into the one to be written. Throws Error.
using StylizeFunction = std::function<Image(Image)>;

// Called on the thread of run_batch, in the order of the jobs.
struct BatchObserver {
  std::function<void(const Job&)> on_start;
  std::function<void(const JobResult&)> on_result;
};

// Makes missing output folders as it goes. `cancellation` is looked at between jobs: the one in
// flight is finished, since the network cannot be stopped half way.
BatchSummary run_batch(const std::vector<Job>& jobs, const StylizeFunction& stylize,
                       const BatchOptions& options, const CancellationToken& cancellation,
                       const BatchObserver& observer);

}  // namespace stylize
