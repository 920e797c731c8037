// How far a run is, how fast, and for how long still.
#pragma once

#include <chrono>
#include <string>

#include "stylize/pipeline/batch_runner.h"

namespace stylize::cli {

// Counts results. Files that were skipped go by in no time, so that rate and remaining time are
// those of the others. Time is an argument, which makes it testable. One thread at a time.
class ProgressMeter {
 public:
  using Clock = std::chrono::steady_clock;

  ProgressMeter(int total, Clock::time_point start) : total_(total), start_(start) {}

  void add(JobStatus status, Clock::time_point now);

  [[nodiscard]] bool finished() const { return finished_ >= total_; }

  // "[=======>            ]  37 %  370/1000  2.4/s  4:22 left", the bar as wide as `columns` allow.
  [[nodiscard]] std::string bar(std::size_t columns) const;

  // "370 of 1000 (37 %), 2.4/s, 4:22 left".
  [[nodiscard]] std::string line() const;

 private:
  [[nodiscard]] double rate() const;  // a second; 0 when unknown
  [[nodiscard]] int percent() const;
  [[nodiscard]] std::string remaining() const;

  int total_;
  Clock::time_point start_;
  Clock::time_point latest_{};
  int finished_ = 0;
  int worked_on_ = 0;  // that were not skipped
};

}  // namespace stylize::cli
