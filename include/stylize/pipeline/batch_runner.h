// Runs planned jobs in overlapping stages; a failed one never ends the rest.
//
//   load threads          run thread(s)        save threads
//   hash, decode,   ->    the network    ->    finish, encode,
//   prepare                                    write
//
// Bounded queues lie between the stages, and what is in flight holds shares of one memory budget:
// neither the number of files nor their sizes add up.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stylize/core/cancellation.h"
#include "stylize/face/face.h"
#include "stylize/pipeline/job_failure.h"
#include "stylize/pipeline/job_planner.h"
#include "stylize/pipeline/stylizer.h"

namespace stylize {

class RunHistory;
class RunJournal;

enum class JobStatus { kDone, kSkipped, kCopied, kFailed };

// "done", "skipped", "copied", "failed".
std::string_view job_status_name(JobStatus status);

struct JobTimes {  // milliseconds
  double load = 0.0;
  double detect = 0.0;  // looking for faces; part of no other
  double infer = 0.0;
  double save = 0.0;
};

struct JobResult {
  Job job;
  JobStatus status = JobStatus::kDone;
  std::optional<JobFailure> failure;  // with kFailed
  int width = 0;                      // of the output; 0 when none was made
  int height = 0;
  std::vector<Face> faces;             // that were styled, the largest first
  std::optional<std::int64_t> frames;  // of a video
  int damaged = 0;                     // frames or packets of its source
  std::string note;                    // why it was copied or skipped
  JobTimes times;
};

struct BatchSummary {
  int total = 0;
  int done = 0;
  int skipped = 0;
  int copied = 0;
  int failed = 0;
  bool interrupted = false;  // asked to stop; what was being drawn was finished
};

// Threads a stage; the run stage has one a stylizer.
struct StageThreads {
  int load = 1;
  int save = 1;
};

// What lets a run go on where an earlier one stopped; see run_history.h and run_journal.h.
struct Resume {
  const RunHistory* history = nullptr;  // never null
  RunJournal* journal = nullptr;        // never null
  std::string parameters;               // all but the input that decides over the output
  bool redo = false;                    // do what is done already, too
};

struct BatchOptions {
  std::optional<int> quality;
  bool strip = false;
  bool fail_fast = false;
  StageThreads threads;
  // Bytes of decoded pictures in flight at most; one larger picture is let through alone. 0: a
  // part of what is free.
  std::size_t memory = 0;
  std::optional<Resume> resume;
};

// Called one at a time, on any of the threads.
struct BatchObserver {
  std::function<void(const Job&)> on_start;         // its network is about to run
  std::function<void(const JobResult&)> on_result;  // in the order in which jobs end
};

// Runs `jobs` with one run thread a stylizer, all of which do the same; none is needed where every
// job is skipped or copied. The first of them runs on the calling thread. Makes missing output
// folders. Once `cancellation` is set, or a job failed with fail_fast, or the disk is full, no
// other picture is drawn, and those that were are saved. Throws Error kOutOfMemory where a thread
// cannot be started; rethrows what an observer throws; both after all threads ended.
BatchSummary run_batch(const std::vector<Job>& jobs,
                       const std::vector<std::unique_ptr<Stylizer>>& stylizers,
                       const BatchOptions& options, const CancellationToken& cancellation,
                       const BatchObserver& observer);

}  // namespace stylize
