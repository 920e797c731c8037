// What a batch tells the user and the user's scripts.
#pragma once

#include <string>

#include "log_sink.h"
#include "report_writer.h"
#include "stylize/pipeline/batch_runner.h"

namespace stylize::cli {

struct OutputChoice {
  bool json = false;         // JSON lines on standard output
  std::string report;        // and in this file, if not empty
  bool status_line = false;  // name the picture in flight on a terminal
};

// Prints results as they come: a line of text on standard error, JSON where it is wanted.
class ResultPrinter {
 public:
  // Opens the report file; throws Error kOutputUnwritable.
  ResultPrinter(RunFacts facts, const OutputChoice& choice, int total);

  void started(const Job& job);
  void finished(const JobResult& result);
  void summary(const BatchSummary& summary, double seconds);

  // Whether all that was asked for reached the report.
  [[nodiscard]] bool complete() const { return report_.complete(); }

 private:
  [[nodiscard]] std::string counter(int number) const;

  int total_;
  int finished_ = 0;
  ReportWriter report_;
  StatusLine status_;
};

// What became of a job that did not fail, on one line.
std::string describe(const JobResult& result);

// The last line for people: what became of all. Nothing where one input was all there was.
void log_summary(const BatchSummary& summary, double seconds);

}  // namespace stylize::cli
