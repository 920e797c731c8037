// `stylize INPUT...`: the command follows from what the input is.
#pragma once

#include <string>
#include <vector>

namespace stylize::cli {

// Parses and runs; returns the exit code. Throws Error.
int shortcut_command(const std::vector<std::string>& arguments);

}  // namespace stylize::cli
