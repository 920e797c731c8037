#include "stylize/style/manifest.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "stylize/core/error.h"

namespace stylize {
namespace {

using nlohmann::json;

// What a manifest says is shown on terminals, where control characters are commands.
bool is_plain_text(const std::string& text) {
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  };
  // U+0080 to U+009F, which some terminals obey, too.
  const bool has_c1 = [&text] {
    for (std::size_t at = text.find('\xC2'); at != std::string::npos && at + 1 < text.size();
         at = text.find('\xC2', at + 1)) {
      if (static_cast<unsigned char>(text[at + 1]) < 0xA0) {
        return true;
      }
    }
    return false;
  }();
  return !has_c1 && std::none_of(text.begin(), text.end(), is_control);
}

bool is_plain_text(const std::vector<std::string>& texts) {
  return std::all_of(texts.begin(), texts.end(),
                     [](const std::string& text) { return is_plain_text(text); });
}

template <typename Other>
bool is_plain_text(const Other& /*value*/) {
  return true;  // numbers and switches
}

// Reads keys of one JSON object and names the one at fault.
class Reader {
 public:
  Reader(const json& object, std::string_view source, std::string prefix = {})
      : object_(object), source_(source), prefix_(std::move(prefix)) {
    if (!object_.is_object()) {
      throw Error(ErrorCode::kModelInvalid, source_, "manifest: " + prefix_ + " is not an object");
    }
  }

  template <typename Value>
  void optional(const char* key, Value& value) const {
    const auto found = object_.find(key);
    if (found == object_.end() || found->is_null()) {
      return;
    }
    try {
      found->get_to(value);
    } catch (const json::exception&) {
      fail(key, "has the wrong type");
    }
    if (!is_plain_text(value)) {
      fail(key, "holds control characters");
    }
  }

  void required(const char* key, std::string& value) const {
    optional(key, value);
    if (value.empty()) {
      fail(key, "is missing");
    }
  }

  void range(const char* key, ValueRange& range) const {
    std::vector<float> ends;
    optional(key, ends);
    if (ends.empty()) {
      return;
    }
    if (ends.size() != 2 || !(ends[0] < ends[1])) {
      fail(key, "must be [low, high]");
    }
    range = {ends[0], ends[1]};
  }

  void positive(const char* key, int& value) const {
    optional(key, value);
    constexpr int kLargest = 1 << 16;
    if (value < 1 || value > kLargest) {
      fail(key, "must be between 1 and " + std::to_string(kLargest));
    }
  }

  [[noreturn]] void fail(const char* key, const std::string& problem) const {
    throw Error(ErrorCode::kModelInvalid, source_, "manifest: '" + prefix_ + key + "' " + problem);
  }

  [[nodiscard]] json child(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? json::object() : *found;
  }

 private:
  const json& object_;
  std::string_view source_;
  std::string prefix_;
};

void read_input(const json& object, std::string_view source, Manifest& manifest) {
  const Reader input(object, source, "input.");
  input.range("range", manifest.input_range);
  input.positive("multiple_of", manifest.multiple_of);
  input.positive("minimum", manifest.minimum);
  if (object.contains("recommended_size")) {
    input.positive("recommended_size", manifest.recommended_size.emplace(0));
  }
}

void read_output(const json& object, std::string_view source, Manifest& manifest) {
  const Reader output(object, source, "output.");
  output.range("range", manifest.output_range);
  std::string rounding = "nearest";
  output.optional("rounding", rounding);
  if (rounding != "nearest" && rounding != "truncate") {
    output.fail("rounding", "must be nearest or truncate");
  }
  if (object.contains("size")) {
    output.positive("size", manifest.output_size.emplace(0));
  }
  manifest.rounding = rounding == "truncate" ? Rounding::kTruncate : Rounding::kNearest;
}

void read_face(const json& object, std::string_view source, Manifest& manifest) {
  const Reader reader(object, source, "face.");
  FaceGeometry face;
  reader.positive("size", face.size);
  reader.optional("expand", face.expand);
  constexpr double kWidest = 4.0;
  if (!(face.expand >= 1.0 && face.expand <= kWidest)) {
    reader.fail("expand", "must be between 1 and 4");
  }
  face.transform_size = face.size;
  reader.positive("transform_size", face.transform_size);
  if (face.transform_size < face.size) {
    reader.fail("transform_size", "must not be less than face.size");
  }
  manifest.face = face;
}

void read_generator(const json& object, std::string_view source, Manifest& manifest) {
  const Reader reader(object, source, "generator.");
  if (object.contains("n_latent")) {
    reader.positive("n_latent", manifest.n_latent.emplace(0));
  }
}

// What kind of style it is: whole pictures or faces, and what it needs besides its own file.
void read_kind(const json& document, std::string_view source, Manifest& manifest) {
  const Reader reader(document, source);
  std::string domain = "frame";
  reader.optional("domain", domain);
  if (domain != "frame" && domain != "face") {
    reader.fail("domain", "must be frame or face");
  }
  manifest.domain = domain == "face" ? Domain::kFace : Domain::kFrame;
  if (const json face = reader.child("face"); !face.empty() || manifest.domain == Domain::kFace) {
    read_face(face, source, manifest);
  }
  read_generator(reader.child("generator"), source, manifest);
  reader.optional("requires", manifest.required);
  reader.optional("base", manifest.base);
  reader.optional("reference", manifest.reference);
}

void read_licence(const json& object, std::string_view source, Manifest& manifest) {
  const Reader licence(object, source, "licence.");
  licence.optional("text", manifest.licence.text);
  licence.optional("spdx", manifest.licence.text);
  licence.optional("commercial", manifest.licence.commercial);
  licence.optional("origin", manifest.licence.origin);
}

void read_source(const json& object, std::string_view source, Manifest& manifest) {
  const Reader reader(object, source, "source.");
  reader.optional("urls", manifest.source.urls);
  reader.optional("file", manifest.source.file);
  reader.optional("sha256", manifest.source.sha256);
  reader.optional("size", manifest.source.size);
}

void read_export(const json& object, std::string_view source, Manifest& manifest) {
  const Reader reader(object, source, "export.");
  std::vector<std::string> arguments;
  reader.optional("args", arguments);
  manifest.half = std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
    return argument == "--half" || argument == "--bf16";
  });
}

// Names become parts of file names.
bool is_plain_name(const std::string& name) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  };
  return std::all_of(name.begin(), name.end(), is_plain) && name.front() != '.';
}

json parse_json(std::string_view text, std::string_view source) {
  try {
    return json::parse(text);
  } catch (const json::exception& exception) {
    throw Error(ErrorCode::kModelInvalid, source,
                std::string("manifest: not valid JSON: ") + exception.what());
  }
}

}  // namespace

int suitable_side(const Manifest& manifest, int side) {
  const int wanted = std::max(side, manifest.minimum);
  return (wanted + manifest.multiple_of - 1) / manifest.multiple_of * manifest.multiple_of;
}

Manifest parse_manifest(std::string_view text, std::string_view source) {
  const json document = parse_json(text, source);
  const Reader reader(document, source);
  Manifest manifest;
  reader.required("name", manifest.name);
  if (!is_plain_name(manifest.name)) {
    reader.fail("name", "may hold letters, digits, '.', '_' and '-' only");
  }
  reader.required("family", manifest.family);
  reader.optional("aliases", manifest.aliases);
  reader.optional("title", manifest.title);
  reader.optional("description", manifest.description);
  reader.optional("file", manifest.file);
  reader.optional("sha256", manifest.sha256);
  reader.optional("size", manifest.size);
  read_input(reader.child("input"), source, manifest);
  read_output(reader.child("output"), source, manifest);
  read_kind(document, source, manifest);
  read_licence(reader.child("licence"), source, manifest);
  read_source(reader.child("source"), source, manifest);
  read_export(reader.child("export"), source, manifest);
  return manifest;
}

}  // namespace stylize
