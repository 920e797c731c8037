// The --config file.
#pragma once

#include <CLI/CLI.hpp>

namespace stylize::cli {

// Adds --config FILE (TOML; keys are long option names) to a command. Precedence: flag,
// environment, file, default. `accept_unknown` is for commands that share a file with others.
void add_config_option(CLI::App& app, bool accept_unknown);

}  // namespace stylize::cli
