#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <string_view>

#include "completion_scripts.h"

namespace stylize::cli {
namespace {

constexpr std::string_view kHead =
    R"fish(# fish completion for stylize, written by `stylize completion fish`.

# Whether the line is at this command, subcommand of it; without arguments, at none.
function __stylize_at
    set -l words (commandline -opc)
    set -l at
    # Only the first word can be a command.
    if contains -- "$words[2]" $__stylize_commands
        set at $words[2]
        set -l subcommands __stylize_commands_$at
        for word in $words[3..-1]
            if contains -- $word $$subcommands
                set -a at $word
                break
            end
        end
    end
    test "$at" = "$argv"
end

function __stylize_first
    test (count (commandline -opc)) = 1
end

# Names of styles or models. The program takes a moment to start, so it is asked once a minute.
function __stylize_names
    set -l known __stylize_names_$argv[1]
    set -l asked __stylize_asked_$argv[1]
    set -l now (date +%s)
    if not set -q $asked; or test (math $now - $$asked) -gt 60
        set -l program (string replace -r '^~(?=/)' $HOME -- (commandline -opc)[1])
        type -q $program; or return
        set -g $known ($program completion --names $argv[1] 2>/dev/null)
        set -g $asked $now
    end
    printf '%s\n' $$known
end

)fish";

// In single quotes.
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    result += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return result + "'";
}

// What an option or argument takes, as options of `complete`.
std::string value_options(const ValueFacts& value) {
  const char* exclusive = value.or_file ? "-rF" : "-x";
  switch (value.offer) {
    case Offer::kStyles: return fmt::format(" {} -a '(__stylize_names styles)'", exclusive);
    case Offer::kModels: return fmt::format(" {} -a '(__stylize_names models)'", exclusive);
    case Offer::kFiles: return " -rF";
    case Offer::kFolders: return " -x -a '(__fish_complete_directories)'";
    case Offer::kWords: return fmt::format(" -x -a '{}'", fmt::join(value.words, " "));
    case Offer::kNothing: break;
  }
  return " -x";
}

std::string option_line(const std::string& condition, const OptionFacts& option) {
  std::string line = "complete -c stylize -n " + condition;
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return line + (option.value ? value_options(*option.value) : "") + " -d " +
         in_quotes(option.description) + "\n";
}

// Files are offered as arguments unless it says otherwise.
std::string argument_line(const std::string& condition, const CommandFacts& command) {
  if (command.argument && command.argument->offer == Offer::kFiles) {
    return {};
  }
  std::string offered;
  if (command.argument) {
    const std::string options = value_options(*command.argument);
    const std::size_t start = options.find(" -a ");
    offered = start == std::string::npos ? "" : options.substr(start);
  }
  return fmt::format("complete -c stylize -n {} -f{}\n", condition, offered);
}

std::string names_of(const std::vector<CommandFacts>& commands) {
  std::string names;
  for (const CommandFacts& command : commands) {
    names += " " + command.name;
  }
  return names;
}

// A command's lines, and those of the commands below it. `path` is " models pull".
std::string lines(const CommandFacts& command, const std::string& path) {
  const std::string condition = path.empty() ? "__stylize_at" : "'__stylize_at" + path + "'";
  std::string text = "\n" + argument_line(condition, command);
  for (const OptionFacts& option : command.options) {
    text += option_line(condition, option);
  }
  const std::string& at_subcommand = path.empty() ? "__stylize_first" : condition;
  for (const CommandFacts& subcommand : command.commands) {
    text += fmt::format("complete -c stylize -n {} -a {} -d {}\n", at_subcommand, subcommand.name,
                        in_quotes(subcommand.description));
  }
  for (const CommandFacts& subcommand : command.commands) {
    text += lines(subcommand, path + " " + subcommand.name);
  }
  return text;
}

}  // namespace

std::string fish_completion(const CommandFacts& program) {
  std::string text =
      std::string(kHead) + "set -g __stylize_commands" + names_of(program.commands) + "\n";
  for (const CommandFacts& command : program.commands) {
    if (!command.commands.empty()) {
      text +=
          fmt::format("set -g __stylize_commands_{}{}\n", command.name, names_of(command.commands));
    }
  }
  return text + lines(program, "");
}

}  // namespace stylize::cli
