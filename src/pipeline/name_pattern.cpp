#include "stylize/pipeline/name_pattern.h"

#include "stylize/core/error.h"

namespace stylize {
namespace {

Error pattern_error(const std::string& pattern, const std::string& reason) {
  return {ErrorCode::kUsage, "--pattern '" + pattern + "'", reason,
          "fields are {stem}, {ext}, {name} and {style}"};
}

const std::string& field(const std::string& name, const NameFields& fields,
                         const std::string& pattern) {
  if (name == "stem") return fields.stem;
  if (name == "name") return fields.name;
  if (name == "style") return fields.style;
  if (name == "ext") return fields.ext;
  throw pattern_error(pattern, "there is no field {" + name + "}");
}

}  // namespace

std::string fill_pattern(const std::string& pattern, const NameFields& fields) {
  if (pattern.empty() || pattern.find('/') != std::string::npos) {
    throw pattern_error(pattern, "must be a file name, without folders");
  }
  std::string filled;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '}') {
      throw pattern_error(pattern, "has a } without {");
    }
    if (pattern[i] != '{') {
      filled += pattern[i];
      continue;
    }
    const std::size_t end = pattern.find('}', i);
    if (end == std::string::npos) {
      throw pattern_error(pattern, "has a { without }");
    }
    filled += field(pattern.substr(i + 1, end - i - 1), fields, pattern);
    i = end;
  }
  return filled;
}

}  // namespace stylize
