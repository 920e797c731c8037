// What a folder run tells the user and the user's scripts.
#pragma once

#include <chrono>
#include <string>

#include "log_sink.h"
#include "progress_meter.h"
#include "report_writer.h"
#include "stylize/pipeline/batch_runner.h"

namespace stylize::cli {

// A progress bar on a terminal, a line now and then elsewhere; failures always, the other files
// only with --verbose; JSON where it is wanted.
class FolderPrinter {
 public:
  struct Choice {
    bool json = false;
    std::string report;
    bool progress = true;
    bool every_file = false;
  };

  // Opens the report file; throws Error kOutputUnwritable.
  FolderPrinter(RunFacts facts, const Choice& choice, int total);

  void finished(const JobResult& result);
  void summary(const BatchSummary& summary, double seconds);

  [[nodiscard]] bool complete() const { return report_.complete(); }

 private:
  void show_progress();

  Choice choice_;
  ReportWriter report_;
  StatusLine status_;
  ProgressMeter meter_;
  ProgressMeter::Clock::time_point spoke_at_;
};

}  // namespace stylize::cli
