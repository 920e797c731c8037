// What a run over videos tells the user and the user's scripts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "log_sink.h"
#include "report_writer.h"
#include "stylize/media/video_info.h"
#include "stylize/pipeline/batch_runner.h"

namespace stylize::cli {

// For the video at work a status line with its rate and remaining time on a terminal, a line now
// and then elsewhere; then a line a video; JSON where it is wanted. started() and frames() may come
// from different threads, one at a time.
class VideoPrinter {
 public:
  struct Choice {
    bool json = false;
    std::string report;
    bool progress = true;
  };

  // Opens the report file; throws Error kOutputUnwritable.
  VideoPrinter(RunFacts facts, const Choice& choice);

  // `done` frames are there from an earlier run.
  void started(const Job& job, const VideoInfo& info, std::int64_t done);
  void drawing_begins();  // what earlier runs have drawn is passed over by then
  void frames(std::int64_t written);
  void finished(const JobResult& result);
  void summary(const BatchSummary& summary, double seconds);

  [[nodiscard]] bool complete() const { return report_.complete(); }

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::string progress(Clock::time_point now) const;

  bool wants_progress_;
  ReportWriter report_;
  StatusLine status_;
  std::string name_;
  std::int64_t expected_ = 0;  // frames; 0: unknown
  std::int64_t written_ = 0;
  std::int64_t done_before_ = 0;
  Clock::time_point begun_;
  Clock::time_point spoke_at_;
};

}  // namespace stylize::cli
