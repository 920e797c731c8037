#include "result_printer.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

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

// File names need not be UTF-8: what is not becomes U+FFFD instead of an exception.
std::string to_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

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
    object["error"] = {{"code", error_code_name(result.failure->code)},
                       {"message", result.failure->message}};
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

Json to_json(const BatchSummary& summary, double seconds) {
  return {{"summary",
           {{"total", summary.total},
            {"done", summary.done},
            {"skipped", summary.skipped},
            {"copied", summary.copied},
            {"failed", summary.failed},
            {"interrupted", summary.interrupted},
            {"seconds", std::round(seconds * 1000.0) / 1000.0}}}};
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
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
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
  if (total_ > 1 || summary.interrupted) {
    const int left =
        summary.total - summary.done - summary.skipped - summary.copied - summary.failed;
    log_info(fmt::format(
        "{} of {} done, {} skipped{}, {} failed{}, {:.1f} s", summary.done, summary.total,
        summary.skipped, summary.copied > 0 ? fmt::format(", {} copied", summary.copied) : "",
        summary.failed, left > 0 ? fmt::format(", {} not started", left) : std::string(), seconds));
  }
  print_json(to_line(to_json(summary, seconds)));
}

}  // namespace stylize::cli
