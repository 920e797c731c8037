// Questions to the person at the terminal.
#pragma once

#include <string>

namespace stylize::cli {

// Whether there is anyone to ask: standard input and standard error are both a terminal.
bool can_ask();

// Prints "<question> [y/N] " on standard error and reads a line from standard input. False for
// anything but y or yes, for the end of input, and where nobody can be asked.
bool ask(const std::string& question);

}  // namespace stylize::cli
