// Names of outputs made from a pattern.
#pragma once

#include <string>

namespace stylize {

struct NameFields {
  std::string stem;  // the input's name without its ending
  std::string name;  // the input's name
  std::string style;
  std::string ext;  // the output's ending, with the dot
};

// `pattern` with {stem}, {name}, {style} and {ext} filled in. Throws Error kUsage for other fields,
// a stray brace, a slash or an empty pattern.
std::string fill_pattern(const std::string& pattern, const NameFields& fields);

}  // namespace stylize
