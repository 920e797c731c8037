// What a batch tells the user and the user's scripts.
#pragma once

#include <fstream>
#include <string>

#include "log_sink.h"
#include "stylize/pipeline/batch_runner.h"

namespace stylize::cli {

struct RunFacts {  // the same for every input of a run
  std::string style;
  std::string device;
  std::string precision;
};

struct OutputChoice {
  bool json = false;         // JSON lines on standard output
  std::string report;        // and in this file, if not empty
  bool status_line = false;  // name the picture in flight on a terminal
};

// Prints results as they come: a line of text on standard error, JSON where it is wanted.
class ResultPrinter {
 public:
  // Opens the report file; throws Error kOutputUnwritable.
  ResultPrinter(RunFacts facts, OutputChoice choice, int total);

  void started(const Job& job);
  void finished(const JobResult& result);
  void summary(const BatchSummary& summary, double seconds);

  // Whether all that was asked for reached the report.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  void print_json(const std::string& line);
  [[nodiscard]] std::string counter() const;

  RunFacts facts_;
  OutputChoice choice_;
  int total_;
  int index_ = 0;
  bool complete_ = true;
  std::ofstream report_;
  StatusLine status_;
};

// The last line for people: what became of all. Nothing where one input was all there was.
void log_summary(const BatchSummary& summary, double seconds);

}  // namespace stylize::cli
