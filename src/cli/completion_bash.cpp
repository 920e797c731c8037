#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <string_view>

#include "completion_scripts.h"

namespace stylize::cli {
namespace {

constexpr std::string_view kHead =
    R"bash(# bash completion for stylize, written by `stylize completion bash`.

# _stylize_facts "COMMAND SUBCOMMAND" WORD: what is known at a command. Sets options, commands and
# argument (what its arguments are); where WORD is an option that takes a value, offer and candidates.
_stylize_facts() {
  options=() commands=() argument='' offer='' candidates=()
  case $1 in
)bash";

constexpr std::string_view kTail = R"bash(  esac
}

declare -gA _stylize_names_known _stylize_names_asked

# _stylize_names PROGRAM styles|models: sets candidates. The program takes a moment to start, so it
# is asked once a minute.
_stylize_names() {
  if [[ -z ${_stylize_names_known[$2]-} ]] || ((SECONDS - _stylize_names_asked[$2] > 60)); then
    _stylize_names_known[$2]=$("$1" completion --names "$2" 2>/dev/null | cut -f 1)
    _stylize_names_asked[$2]=$SECONDS
  fi
  mapfile -t candidates <<<"${_stylize_names_known[$2]}"
}

# Adds files to commands that begin alike. Readline's own completion of files, which knows quotes,
# comes only where there is nothing else.
_stylize_add_files() {
  local file
  while IFS= read -r file; do
    if [[ -d $file ]]; then file+=/; fi
    printf -v file %q "$file"
    COMPREPLY+=("$file")
  done < <(compgen -f -- "$1")
}

# Called with the program, the word at the cursor and the one before it.
_stylize() {
  local program=${1/#\~\//$HOME/} word=$2 before=$3 command='' argument offer candidate i
  local -a options commands candidates
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ ${COMP_WORDS[COMP_CWORD]} == '=' ]]; then
    word=''
  elif [[ $before == '=' ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  _stylize_facts '' "$before"
  for ((i = 1; i < COMP_CWORD; i++)); do
    for candidate in "${commands[@]}"; do
      if [[ ${COMP_WORDS[i]} == "$candidate" ]]; then
        command+=${command:+ }$candidate
        _stylize_facts "$command" "$before"
        break
      fi
    done
    if [[ -z $command ]]; then # only the first word can be a command
      commands=()
      break
    fi
  done
  if [[ -z $offer && $word == -* ]]; then
    candidates=("${options[@]}")
  elif [[ -z $offer ]]; then
    candidates=("${commands[@]}")
    offer=$argument
  fi
  case $offer in
    styles*) _stylize_names "$program" styles ;;
    models*) _stylize_names "$program" models ;;
  esac
  for candidate in "${candidates[@]}"; do
    if [[ -n $candidate && $candidate == "$word"* ]]; then COMPREPLY+=("$candidate"); fi
  done
  case $offer in
    *files*)
      if ((${#COMPREPLY[@]} == 0)); then
        compopt -o bashdefault -o default 2>/dev/null
      elif ((COMP_CWORD == 1)); then
        _stylize_add_files "$word"
      fi
      ;;
    folders) compopt -o dirnames 2>/dev/null ;;
  esac
}

complete -F _stylize stylize
)bash";

std::string offer_word(const ValueFacts& value) {
  const std::string file = value.or_file ? " files" : "";
  switch (value.offer) {
    case Offer::kStyles: return "'styles" + file + "'";
    case Offer::kModels: return "'models" + file + "'";
    case Offer::kFiles: return "files";
    case Offer::kFolders: return "folders";
    case Offer::kWords: return "words";
    case Offer::kNothing: break;
  }
  return "nothing";
}

std::string value_case(const OptionFacts& option) {
  const std::string words =
      option.value->words.empty()
          ? ""
          : fmt::format(" candidates=({})", fmt::join(option.value->words, " "));
  return fmt::format("        {}) offer={}{} ;;\n", fmt::join(option.names, " | "),
                     offer_word(*option.value), words);
}

// One command's branch of _stylize_facts, and those of the commands below it.
std::string branches(const CommandFacts& command, const std::string& path) {
  std::string options;
  std::string values;
  for (const OptionFacts& option : command.options) {
    options += fmt::format(" {}", fmt::join(option.names, " "));
    values += option.value ? value_case(option) : "";
  }
  std::string names;
  std::string below;
  for (const CommandFacts& subcommand : command.commands) {
    names += " " + subcommand.name;
    below += branches(subcommand, path.empty() ? subcommand.name : path + " " + subcommand.name);
  }
  std::string text = fmt::format("    '{}')\n      options=({})\n", path, options.substr(1));
  if (!names.empty()) {
    text += fmt::format("      commands=({})\n", names.substr(1));
  }
  if (command.argument) {
    const ValueFacts& argument = *command.argument;
    text += argument.words.empty()
                ? fmt::format("      argument={}\n", offer_word(argument))
                : fmt::format("      commands=({})\n", fmt::join(argument.words, " "));
  }
  if (!values.empty()) {
    text += "      case $2 in\n" + values + "      esac\n";
  }
  return text + "      ;;\n" + below;
}

}  // namespace

std::string bash_completion(const CommandFacts& program) {
  return std::string(kHead) + branches(program, "") + std::string(kTail);
}

}  // namespace stylize::cli
