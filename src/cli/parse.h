// Parsing with errors as ours.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace stylize::cli {

// Parses `arguments` (without the program's name). Returns false when help or the version was asked
// for and has been printed. Throws Error kUsage.
bool parse(CLI::App& app, std::vector<std::string> arguments);

}  // namespace stylize::cli
