#include "help_formatter.h"

#include <sstream>
#include <utility>

namespace stylize::cli {
namespace {

constexpr std::size_t kNameColumn = 28;
constexpr std::size_t kWidth = 96;

// "-o,--output PATH"
std::string name_of(const CLI::Option* option, bool is_positional) {
  std::string name = option->get_name(is_positional, !is_positional);
  // CLI11 shows what a flag's negation sets: --no-paste{false}.
  for (std::size_t brace = name.find('{'); brace != std::string::npos; brace = name.find('{')) {
    name.erase(brace, name.find('}', brace) + 1 - brace);
  }
  if (!is_positional && name.rfind("--", 0) == 0) {
    name.insert(0, "   ");  // lines up with those that have a short name
  }
  const std::string value = value_name(*option);
  return is_positional || value.empty() ? name : name + " " + value;
}

std::string description_of(const CLI::Option* option) {
  std::string text = option->get_description();
  if (!option->get_default_str().empty()) {
    text += " [" + option->get_default_str() + "]";
  }
  if (!option->get_envname().empty()) {
    text += " ($" + option->get_envname() + ")";
  }
  return text;
}

// Writes `text` behind a line that is `column` characters long, wrapped at words.
void wrap(std::ostream& out, const std::string& text, std::size_t column) {
  if (column >= kNameColumn) {
    out << '\n';
    column = 0;
  }
  std::istringstream words(text);
  bool first = true;
  for (std::string word; words >> word; first = false) {
    if (!first && column + 1 + word.size() > kWidth) {
      out << '\n';
      column = 0;
      first = true;
    }
    if (column < kNameColumn) {
      out << std::string(kNameColumn - column, ' ');
      column = kNameColumn;
    }
    out << (first ? "" : " ") << word;
    column += word.size() + (first ? 0 : 1);
  }
  out << '\n';
}

}  // namespace

std::string value_name(const CLI::Option& option) {
  // Validators append to the type's name behind a colon.
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  std::ostringstream out;
  const std::string name = "  " + name_of(option, is_positional);
  out << name;
  wrap(out, description_of(option), name.size() + 1 > kNameColumn ? kNameColumn : name.size());
  return out.str();
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  return "\n" + CLI::Formatter::make_usage(app, std::move(name)) + "\n";
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
  // What CLI11 leaves of a hidden group is the empty line above it.
  for (std::size_t at = text.find("\n\n\n"); at != std::string::npos;
       at = text.find("\n\n\n", at)) {
    text.erase(at, 1);
  }
  return text;
}

std::string HelpFormatter::make_group(std::string group, bool is_positional,
                                      std::vector<const CLI::Option*> options) const {
  // CLI11 puts a line end of its own between groups.
  std::string text = is_positional ? std::string() : group + ":\n";
  for (const CLI::Option* option : options) {
    text += make_option(option, is_positional);
  }
  return is_positional ? text + "\n" : text;
}

}  // namespace stylize::cli
