// `stylize models`.
#pragma once

#include <string>
#include <vector>

namespace stylize::cli {

// Parses and runs; returns the exit code. Throws Error.
int models_command(const std::vector<std::string>& arguments);

}  // namespace stylize::cli
