#include "result_printer.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "stylize/core/log.h"

namespace stylize::cli {
std::string describe(const JobResult& result) {
  if (result.status == JobStatus::kSkipped) {
    return fmt::format("{}: skipped, {}", result.job.input_name(), result.note);
  }
  const std::string names =
      fmt::format("{} -> {}", result.job.input_name(), result.job.output_name());
  if (result.status == JobStatus::kCopied) {
    return fmt::format("{}  copied, {}", names, result.note);
  }
  const JobTimes& times = result.times;
  const double seconds = (times.load + times.detect + times.infer + times.save) / 1000.0;
  const std::size_t count = result.faces.size();
  const std::string faces =
      count == 0 ? "" : fmt::format(", {} face{}", count, count == 1 ? "" : "s");
  return fmt::format("{}  {}x{}{}, {:.2f} s", names, result.width, result.height, faces, seconds);
}

ResultPrinter::ResultPrinter(RunFacts facts, const OutputChoice& choice, int total)
    : total_(total),
      report_(std::move(facts), choice.json, choice.report),
      status_(choice.status_line) {}

std::string ResultPrinter::counter(int number) const {
  return total_ > 1 ? fmt::format("[{}/{}] ", number, total_) : std::string();
}

void ResultPrinter::started(const Job& job) {
  status_.show(fmt::format("{}{} ...", counter(finished_ + 1), job.input_name()));
}

void ResultPrinter::finished(const JobResult& result) {
  status_.clear();
  ++finished_;
  if (result.failure) {
    log_error(counter(finished_) + result.failure->message);
  } else {
    log_info(counter(finished_) + describe(result));
  }
  report_.write(result);
}

void ResultPrinter::summary(const BatchSummary& summary, double seconds) {
  status_.clear();
  log_summary(summary, seconds);
  report_.write(summary, seconds);
}

void log_summary(const BatchSummary& summary, double seconds) {
  if (summary.total < 2 && !summary.interrupted) {
    return;
  }
  const int left = summary.total - summary.done - summary.skipped - summary.copied - summary.failed;
  log_info(fmt::format(
      "{} of {} done, {} skipped{}, {} failed{}, {:.1f} s", summary.done, summary.total,
      summary.skipped, summary.copied > 0 ? fmt::format(", {} copied", summary.copied) : "",
      summary.failed, left > 0 ? fmt::format(", {} not started", left) : "", seconds));
}

}  // namespace stylize::cli
