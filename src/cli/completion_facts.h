// What can be completed: the commands and their options as CLI11 has them declared, in plain facts.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace stylize::cli {

// Where the candidates for a word come from.
enum class Offer {
  kNothing,  // a number, a pattern: the user's own
  kWords,    // the words named, perhaps among others
  kStyles,   // names that --style takes
  kModels,   // those and the parts of styles
  kFiles,
  kFolders,
};

struct ValueFacts {
  std::string name;  // as in the help: FILE
  Offer offer = Offer::kNothing;
  std::vector<std::string> words;
  bool or_file = false;  // a file is as good: NAME|FILE
};

struct OptionFacts {
  std::vector<std::string> names;  // -o, --output
  std::string description;         // one line, short
  std::optional<ValueFacts> value;
  bool repeatable = false;
};

struct CommandFacts {
  std::string name;  // "folder"; empty for `stylize INPUT...`
  std::string description;
  std::vector<OptionFacts> options;  // those of the command above it, too, where they are accepted
  std::optional<ValueFacts> argument;
  std::vector<CommandFacts> commands;
};

// The program: the shortcut, with all commands below it. What --help hides is left out.
CommandFacts program_facts();

}  // namespace stylize::cli
