// JSON Lines, as every command prints them for scripts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "stylize/pipeline/batch_runner.h"

namespace stylize::cli {

// `object` without line breaks. File names need not be UTF-8: what is not becomes U+FFFD.
std::string to_line(const nlohmann::ordered_json& object);

// {"code":…,"message":…}
nlohmann::ordered_json error_json(const JobFailure& failure);

// {"summary":{…}}, the last line of a run.
nlohmann::ordered_json summary_json(const BatchSummary& summary, double seconds);

// Prints `line` on standard output at once, so that a reader has it while the run goes on.
void print_line(const std::string& line);

}  // namespace stylize::cli
