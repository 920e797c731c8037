#include "completion_facts.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

#include "commands.h"
#include "help_formatter.h"
#include "shortcut.h"

namespace stylize::cli {
namespace {

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [text](std::string_view beginning) { return text.starts_with(beginning); });
}

// What CLI::IsMember and suggests() of shared_options.h append to the type's name:
// "WHAT:{error,skip}".
std::vector<std::string> words_of(const std::string& type) {
  const std::size_t open = type.find(":{");
  if (open == std::string::npos) {
    return {};
  }
  const std::size_t start = open + 2;
  return CLI::detail::split(type.substr(start, type.find('}', start) - start), ',');
}

// The names that values go by in the help say what they are.
ValueFacts value_facts(const CLI::Option& option) {
  ValueFacts value;
  value.name = option.get_positional() ? option.get_single_name() : value_name(option);
  value.words = words_of(option.get_type_name());
  value.or_file = value.name.find("|FILE") != std::string::npos;
  if (!value.words.empty()) {
    value.offer = Offer::kWords;
  } else if (option.check_lname("style")) {
    value.offer = Offer::kStyles;
  } else if (value.name.starts_with("NAME")) {
    value.offer = Offer::kModels;
  } else if (starts_with_any(value.name, {"FILE", "PATH", "INPUT", "IMAGE", "JSON"})) {
    value.offer = Offer::kFiles;
  } else if (starts_with_any(value.name, {"DIR", "OUTDIR"})) {
    value.offer = Offer::kFolders;
  }
  return value;
}

// The first sentence, or what stands before a semicolon.
std::string brief(const std::string& description) {
  std::size_t end = description.find(". ");
  while (end != std::string::npos && std::isupper(description[end + 2]) == 0) {  // e.g. this
    end = description.find(". ", end + 2);
  }
  return description.substr(0, std::min(description.find(';'), end));
}

OptionFacts option_facts(const CLI::Option& option) {
  OptionFacts facts;
  for (const std::string& name : option.get_snames()) {
    facts.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    facts.names.push_back("--" + name);
  }
  facts.description = brief(option.get_description());
  if (option.get_items_expected_max() > 0) {  // else a flag
    facts.value = value_facts(option);
  }
  facts.repeatable = option.get_expected_max() > 1;
  return facts;
}

CommandFacts command_facts(const CLI::App& app) {
  CommandFacts facts;
  facts.description = brief(app.get_description());
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      facts.argument = value_facts(*option);
    } else if (!option->get_group().empty()) {
      facts.options.push_back(option_facts(*option));
    }
  }
  for (const CLI::App* subcommand : app.get_subcommands({})) {
    CommandFacts below = command_facts(*subcommand);
    below.name = subcommand->get_name();
    if (subcommand->get_fallthrough()) {
      std::copy_if(facts.options.begin(), facts.options.end(), std::back_inserter(below.options),
                   [](const OptionFacts& option) { return option.names.back() != "--help"; });
    }
    facts.commands.push_back(std::move(below));
  }
  return facts;
}

}  // namespace

CommandFacts program_facts() {
  CommandFacts program = command_facts(*shortcut_command().app);
  for (const CommandEntry& entry : commands()) {
    CommandFacts command = command_facts(*entry.make().app);
    command.name = entry.name;
    command.description = entry.summary;
    program.commands.push_back(std::move(command));
  }
  return program;
}

}  // namespace stylize::cli
