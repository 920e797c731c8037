#include "report_writer.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "json_lines.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"

namespace stylize::cli {
namespace {

using Json = nlohmann::ordered_json;

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

// Of a skipped picture there is a file only where an earlier run or somebody else has made it.
bool has_output(const JobResult& result) {
  std::error_code ignored;
  return result.status == JobStatus::kDone || result.status == JobStatus::kCopied ||
         (result.status == JobStatus::kSkipped &&
          std::filesystem::is_regular_file(result.job.output, ignored));
}

Json to_json(const JobResult& result, const RunFacts& facts) {
  Json object{{"input", result.job.input_name()},
              {"output", has_output(result) ? Json(result.job.output_name()) : Json()},
              {"status", job_status_name(result.status)}};
  if (result.failure) {
    object["error"] = error_json(*result.failure);
  }
  object["faces"] = faces_json(result.faces);
  if (result.frames) {
    object["frames"] = *result.frames;
    object["damaged"] = result.damaged;
  }
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

}  // namespace

ReportWriter::ReportWriter(RunFacts facts, bool json, const std::string& report)
    : facts_(std::move(facts)), json_(json), name_(report) {
  if (report.empty()) {
    return;
  }
  report_.open(report, std::ios::trunc);
  if (!report_) {
    throw Error(ErrorCode::kOutputUnwritable, "--report " + report, "the file cannot be written");
  }
}

void ReportWriter::write_line(const std::string& line) {
  if (json_) {
    print_line(line);
  }
  if (report_.is_open()) {
    report_ << line << std::endl;  // flushed: a killed run keeps what was finished
    if (!report_) {
      log_error("--report " + name_ + ": cannot write");
      report_.close();
      complete_ = false;
    }
  }
}

void ReportWriter::write(const JobResult& result) { write_line(to_line(to_json(result, facts_))); }

void ReportWriter::write(const BatchSummary& summary, double seconds) {
  write_line(to_line(summary_json(summary, seconds)));
}

}  // namespace stylize::cli
