// Runs planned jobs one after the other; a failed one never ends the rest.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stylize/core/cancellation.h"
#include "stylize/face/face.h"
#include "stylize/media/image.h"
#include "stylize/pipeline/job_failure.h"
#include "stylize/pipeline/job_planner.h"

namespace stylize {

enum class JobStatus { kDone, kSkipped, kCopied, kFailed };

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
  std::vector<Face> faces;  // that were styled, the largest first
  std::string note;         // why it was copied or skipped
  JobTimes times;
};

struct BatchSummary {
  int total = 0;
  int done = 0;
  int skipped = 0;
  int copied = 0;
  int failed = 0;
  bool interrupted = false;  // asked to stop; the job in flight was finished
};

struct BatchOptions {
  std::optional<int> quality;
  bool strip = false;
  bool fail_fast = false;
};

// What became of a decoded picture.
struct StyledPicture {
  enum class Kind {
    kStyled,
    kUnchanged,  // the input is written as it is, its very bytes if the format stays
    kNothing,    // nothing is written
  };
  StyledPicture(Image picture) : image(std::move(picture)) {}  // NOLINT: a picture, styled

  Kind kind = Kind::kStyled;
  Image image;
  std::vector<Face> faces = {};
  double detect_ms = 0.0;
  std::string note = {};  // why it was not styled
};

// Turns a decoded picture into what is to be written. Throws Error.
using StylizeFunction = std::function<StyledPicture(Image)>;

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
