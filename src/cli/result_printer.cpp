#include "result_printer.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "json_lines.h"
#include "stylize/core/log.h"

namespace stylize::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* status_name(JobStatus status) {
  switch (status) {
    case JobStatus::kDone: return "done";
    case JobStatus::kSkipped: return "skipped";
    case JobStatus::kCopied: return "copied";
    case JobStatus::kFailed: return "failed";
  }
  return "failed";
}

double rounded(double milliseconds) { return std::round(milliseconds * 10.0) / 10.0; }

// Boxes in whole pixels of the input: left, top, width, height.
Json faces_json(const std::vector<Face>& faces) {
  Json list = Json::array();
  for (const Face& face : faces) {
    list.push_back({{"box",
                     {std::lround(face.box.x), std::lround(face.box.y), std::lround(face.box.width),
                      std::lround(face.box.height)}},
                    {"confidence", std::round(face.confidence * 1000.0) / 1000.0}});
  }
  return list;
}

Json to_json(const JobResult& result, const RunFacts& facts) {
  Json object{
      {"input", result.job.input_name()},
      {"output", result.status == JobStatus::kFailed ? Json() : Json(result.job.output_name())},
      {"status", status_name(result.status)}};
  if (result.failure) {
    object["error"] = error_json(*result.failure);
  }
  object["faces"] = faces_json(result.faces);
  object["style"] = facts.style;
  object["device"] = facts.device;
  object["precision"] = facts.precision;
  object["width"] = result.width;
  object["height"] = result.height;
  object["ms"] = {{"load", rounded(result.times.load)},
                  {"detect", rounded(result.times.detect)},
                  {"infer", rounded(result.times.infer)},
                  {"save", rounded(result.times.save)}};
  return object;
}

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

}  // namespace

ResultPrinter::ResultPrinter(RunFacts facts, OutputChoice choice, int total)
    : facts_(std::move(facts)),
      choice_(std::move(choice)),
      total_(total),
      status_(choice_.status_line) {
  if (!choice_.report.empty()) {
    report_.open(choice_.report, std::ios::trunc);
    if (!report_) {
      throw Error(ErrorCode::kOutputUnwritable, "--report " + choice_.report,
                  "the file cannot be written");
    }
  }
}

std::string ResultPrinter::counter() const {
  return total_ > 1 ? fmt::format("[{}/{}] ", index_, total_) : std::string();
}

void ResultPrinter::print_json(const std::string& line) {
  if (choice_.json) {
    print_line(line);
  }
  if (report_.is_open()) {
    report_ << line << std::endl;  // flushed: a killed run keeps what was finished
    if (!report_) {
      log_error("--report " + choice_.report + ": cannot write");
      report_.close();
      complete_ = false;
    }
  }
}

void ResultPrinter::started(const Job& job) {
  ++index_;
  status_.show(fmt::format("{}{} ...", counter(), job.input_name()));
}

void ResultPrinter::finished(const JobResult& result) {
  status_.clear();
  if (result.failure) {
    log_error(counter() + result.failure->message);
  } else {
    log_info(counter() + describe(result));
  }
  print_json(to_line(to_json(result, facts_)));
}

void ResultPrinter::summary(const BatchSummary& summary, double seconds) {
  status_.clear();
  log_summary(summary, seconds);
  print_json(to_line(summary_json(summary, seconds)));
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
