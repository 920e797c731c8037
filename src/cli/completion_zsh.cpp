#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <string_view>

#include "completion_scripts.h"

namespace stylize::cli {
namespace {

constexpr std::string_view kHead = R"zsh(#compdef stylize
# zsh completion for stylize, written by `stylize completion zsh`.

typeset -gA _stylize_names_known _stylize_names_asked

# _stylize_names styles|models: the program takes a moment to start, so it is asked once a minute.
_stylize_names() {
  local -a names
  if [[ -z ${_stylize_names_known[$1]-} ]] || (( SECONDS - _stylize_names_asked[$1] > 60 )); then
    _stylize_names_known[$1]=$(_call_program styles "$_stylize_program completion --names $1" 2>/dev/null)
    _stylize_names_asked[$1]=$SECONDS
  fi
  names=(${${(f)_stylize_names_known[$1]}/$'\t'/:}) # name<tab>description to name:description
  _describe -t styles style names
}

_stylize_names_or_files() {
  _alternative "styles:style: _stylize_names $1" 'files:model file:_files -g "*.pt(-.)"'
}

)zsh";

constexpr std::string_view kTail = R"zsh(_stylize() {
  local _stylize_program=$words[1]
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _alternative 'commands:command:_stylize_commands' 'files:picture or folder:_files'
    return
  fi
  if (( CURRENT > 2 && $+functions[_stylize_at_$words[2]] )); then
    shift words
    (( CURRENT-- ))
    _stylize_at_$words[1]
  else
    _stylize_options
  fi
}

if [[ $funcstack[1] == _stylize ]]; then
  _stylize "$@"
else
  compdef _stylize stylize
fi
)zsh";

// For single quotes, with a backslash before each of `special`.
std::string escaped(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\'";
    } else if (special.find(c) != std::string_view::npos) {
      result += '\\';
    }
    result += c;
  }
  return result;
}

std::string action(const ValueFacts& value) {
  switch (value.offer) {
    case Offer::kStyles:
    case Offer::kModels:
      // The space keeps _arguments from putting options before the word.
      return fmt::format(" {} {}", value.or_file ? "_stylize_names_or_files" : "_stylize_names",
                         value.offer == Offer::kStyles ? "styles" : "models");
    case Offer::kFiles: return "_files";
    case Offer::kFolders: return "_files -/";
    case Offer::kWords: return fmt::format("({})", fmt::join(value.words, " "));
    case Offer::kNothing: break;
  }
  return " ";  // only says what is wanted
}

// :FILE:_files
std::string value_spec(const ValueFacts& value) {
  return fmt::format(":{}:{}", escaped(value.name, ":\\"), action(value));
}

// An argument of _arguments: '(-o --output)'{-o+,--output=}'[Folder]:DIR:_files -/'
std::string option_spec(const OptionFacts& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) {
    const char* glue = !option.value ? "" : name.starts_with("--") ? "=" : "+";
    names.push_back(name + glue);
  }
  const std::string how_often =
      option.repeatable ? "*" : fmt::format("({})", fmt::join(option.names, " "));
  const std::string spelt =
      names.size() == 1 ? names.front() : fmt::format("{{{}}}", fmt::join(names, ","));
  return fmt::format("'{}'{}'[{}]{}'", how_often, spelt, escaped(option.description, "[]\\"),
                     option.value ? value_spec(*option.value) : "");
}

// `_describe`s the commands of a command, in a function of this name.
std::string list_function(const std::string& name, const std::vector<CommandFacts>& commands) {
  std::string text = name + "() {\n  local -a commands=(\n";
  for (const CommandFacts& command : commands) {
    text += fmt::format("    '{}:{}'\n", command.name, escaped(command.description, "\\"));
  }
  return text + "  )\n  _describe -t commands command commands\n}\n\n";
}

// What follows a subcommand is that one's.
std::string subcommand_call(const std::string& function) {
  return fmt::format(
      " \\\n    '1: :{0}_commands' '*:: :->rest' && return\n"
      "  if [[ $state == rest && -n $functions[{0}_$words[1]] ]]; then\n"
      "    {0}_$words[1]\n  fi\n",
      function);
}

// The function that completes a command, and those of the commands below it.
std::string functions(const CommandFacts& command, const std::string& function) {
  std::string text = function + "() {\n";
  if (!command.commands.empty()) {
    text += "  local context state state_descr line\n  typeset -A opt_args\n";
  }
  text += command.commands.empty() ? "  _arguments -s -S" : "  _arguments -s -S -C";
  for (const OptionFacts& option : command.options) {
    text += " \\\n    " + option_spec(option);
  }
  if (!command.commands.empty()) {
    text += subcommand_call(function);
  } else {
    text +=
        command.argument ? fmt::format(" \\\n    '*{}'\n", value_spec(*command.argument)) : "\n";
  }
  text += "}\n\n";
  if (!command.commands.empty()) {
    text += list_function(function + "_commands", command.commands);
  }
  for (const CommandFacts& subcommand : command.commands) {
    text += functions(subcommand, function + "_" + subcommand.name);
  }
  return text;
}

}  // namespace

std::string zsh_completion(const CommandFacts& program) {
  CommandFacts shortcut = program;
  shortcut.commands.clear();  // their place is the first word, which _stylize looks at itself
  std::string text = std::string(kHead) + functions(shortcut, "_stylize_options") +
                     list_function("_stylize_commands", program.commands);
  for (const CommandFacts& command : program.commands) {
    text += functions(command, "_stylize_at_" + command.name);
  }
  return text + std::string(kTail);
}

}  // namespace stylize::cli
