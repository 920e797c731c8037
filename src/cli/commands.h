// The commands that there are.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "declared_command.h"

namespace stylize::cli {

struct CommandEntry {
  std::string_view name;
  std::string_view arguments;  // as in the list of commands: "INPUT..."
  std::string_view summary;    // one line
  DeclaredCommand (*make)();
};

// In the order in which --help lists them.
std::span<const CommandEntry> commands();

// nullptr when there is none of this name.
const CommandEntry* find_command(std::string_view name);

// The list of commands for --help, a line each.
std::string command_list();

}  // namespace stylize::cli
