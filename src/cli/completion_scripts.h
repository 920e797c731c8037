// Scripts that make shells complete the program's command line. All facts are in the script; only
// the names of styles are asked for, of the program that stands on the line (`stylize completion
// --names`), and kept for a minute.
#pragma once

#include <string>

#include "completion_facts.h"

namespace stylize::cli {

std::string bash_completion(const CommandFacts& program);
std::string zsh_completion(const CommandFacts& program);
std::string fish_completion(const CommandFacts& program);

}  // namespace stylize::cli
