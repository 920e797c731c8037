// `stylize align`.
#pragma once

#include <string>
#include <vector>

namespace stylize::cli {

// Parses and runs; returns the exit code. Throws Error where nothing could be started.
int align_command(const std::vector<std::string>& arguments);

}  // namespace stylize::cli
