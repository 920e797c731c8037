#include "json_lines.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace stylize::cli {

using Json = nlohmann::ordered_json;

std::string to_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json error_json(const JobFailure& failure) {
  return {{"code", error_code_name(failure.code)}, {"message", failure.message}};
}

Json summary_json(const BatchSummary& summary, double seconds) {
  return {{"summary",
           {{"total", summary.total},
            {"done", summary.done},
            {"skipped", summary.skipped},
            {"copied", summary.copied},
            {"failed", summary.failed},
            {"interrupted", summary.interrupted},
            {"seconds", std::round(seconds * 1000.0) / 1000.0}}}};
}

void print_line(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace stylize::cli
