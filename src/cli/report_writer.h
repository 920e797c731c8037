// JSON lines about a run, on standard output and in a report.
#pragma once

#include <fstream>
#include <string>

#include "stylize/pipeline/batch_runner.h"

namespace stylize::cli {

struct RunFacts {  // the same for every input of a run
  std::string style;
  std::string device;
  std::string precision;
};

// One object a job as it ends, then the summary. `output` is null where there is no such file.
class ReportWriter {
 public:
  // `report` is a file, or empty. Throws Error kOutputUnwritable.
  ReportWriter(RunFacts facts, bool json, const std::string& report);

  void write(const JobResult& result);
  void write(const BatchSummary& summary, double seconds);

  // Whether all that was asked for reached the report.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  void write_line(const std::string& line);

  RunFacts facts_;
  bool json_;
  std::string name_;
  std::ofstream report_;
  bool complete_ = true;
};

}  // namespace stylize::cli
