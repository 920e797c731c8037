#include "models_listing.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "stylize/core/byte_size.h"
#include "stylize/style/face_style.h"

namespace stylize::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWidestLicence = 30;

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

Json to_json(const RegisteredStyle& style) {
  const Manifest& manifest = style.manifest;
  return {
      {"name", manifest.name},
      {"aliases", manifest.aliases},
      {"title", manifest.title},
      {"description", manifest.description},
      {"family", manifest.family},
      {"present", style.is_present()},
      {"downloadable", style.is_downloadable()},
      {"file", style.model_path.string()},
      {"manifest", style.manifest_path.string()},
      {"size", manifest.size},
      {"sha256", manifest.sha256},
      {"recommended_size", manifest.recommended_size ? Json(*manifest.recommended_size) : Json()},
      {"domain", manifest.domain == Domain::kFace ? "face" : "frame"},
      {"face_size", manifest.face ? Json(manifest.face->size) : Json()},
      {"requires", manifest.required},
      {"base", manifest.base.empty() ? Json() : Json(manifest.base)},
      {"reference", manifest.reference},
      {"licence",
       {{"text", manifest.licence.text},
        {"commercial", manifest.licence.commercial},
        {"origin", manifest.licence.origin}}},
      {"source",
       {{"urls", manifest.source.urls},
        {"file", manifest.source.file},
        {"size", manifest.source.size},
        {"sha256", manifest.source.sha256}}}};
}

std::string dump(const Json& object) {
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

const char* yes_or_no(bool value) { return value ? "yes" : "no"; }

// The model's size; of one that is not here, what has to be downloaded.
std::string size_of(const RegisteredStyle& style) {
  const std::uint64_t bytes = style.is_present() && style.manifest.size != 0
                                  ? style.manifest.size
                                  : style.manifest.source.size;
  return bytes == 0 ? "?" : format_byte_size(bytes);
}

std::string shortened(const std::string& text) {
  if (text.size() <= kWidestLicence) {
    return text;
  }
  std::size_t end = kWidestLicence - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;  // not in the middle of a character
  }
  return text.substr(0, end) + "...";
}

constexpr std::size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;

// An encoder or the landmarks: needed by styles, but none that can be drawn in.
bool is_part(const RegisteredStyle& style) {
  return style.manifest.domain == Domain::kFace && !runs_on_faces(style.manifest);
}

// Tells styles from what they are made of: encoders, landmarks, generators to mix with.
std::function<bool(const RegisteredStyle&)> style_test(const Registry& registry) {
  std::set<std::string> bases;
  for (const RegisteredStyle& style : registry.styles()) {
    bases.insert(style.manifest.base);
  }
  return [bases = std::move(bases)](const RegisteredStyle& style) {
    return !is_part(style) && !bases.contains(style.manifest.name);
  };
}

// Whether a shell takes it as it stands.
bool needs_no_quotes(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
}

// The size of what the network sees; nothing for parts.
std::string drawn_at(const RegisteredStyle& style) {
  const Manifest& manifest = style.manifest;
  if (is_part(style)) {
    return {};
  }
  const std::string faces =
      manifest.face ? fmt::format("each face as a square of {} pixels", manifest.face->size) : "";
  if (manifest.domain == Domain::kFace) {
    return faces;
  }
  const std::string whole = manifest.recommended_size ? fmt::format("{} pixels on the long side",
                                                                    *manifest.recommended_size)
                                                      : "the picture's own size";
  return faces.empty() ? whole : whole + "; with --faces " + faces;
}

Row row_of(const RegisteredStyle& style) {
  const Manifest& manifest = style.manifest;
  const std::string aliases =
      manifest.aliases.empty() ? "" : fmt::format(" ({})", fmt::join(manifest.aliases, ", "));
  return {manifest.name + aliases,
          yes_or_no(style.is_present()),
          size_of(style),
          yes_or_no(manifest.licence.commercial),
          shortened(manifest.licence.text),
          manifest.description};
}

using Widths = std::array<std::size_t, kColumns>;

Widths widths_of(const std::vector<Row>& rows) {
  Widths widths{};
  for (const Row& row : rows) {
    for (std::size_t column = 0; column + 1 < kColumns; ++column) {  // the last one runs free
      widths[column] = std::max(widths[column], row[column].size());
    }
  }
  return widths;
}

void print_table(const std::vector<Row>& rows, const Widths& widths) {
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < kColumns; ++column) {
      line += fmt::format("{:<{}}", row[column], widths[column] + 2);
    }
    print(line.substr(0, line.find_last_not_of(' ') + 1) + "\n");
  }
}

}  // namespace

void list_styles(const Registry& registry, bool commercial_only, bool json) {
  std::vector<RegisteredStyle> styles = registry.styles();
  if (commercial_only) {
    std::erase_if(styles,
                  [](const RegisteredStyle& style) { return !style.manifest.licence.commercial; });
  }
  if (json) {
    Json all = Json::array();
    for (const RegisteredStyle& style : styles) {
      all.push_back(to_json(style));
    }
    print(dump(all));
    return;
  }
  const auto parts = std::stable_partition(styles.begin(), styles.end(), style_test(registry));
  std::vector<Row> rows{{"NAME", "HERE", "SIZE", "COMMERCIAL", "LICENCE", "WHAT IT IS FOR"}};
  std::transform(styles.begin(), parts, std::back_inserter(rows), row_of);
  std::vector<Row> part_rows;
  std::transform(parts, styles.end(), std::back_inserter(part_rows), row_of);
  std::vector<Row> all = rows;
  all.insert(all.end(), part_rows.begin(), part_rows.end());
  const Widths widths = widths_of(all);
  print_table(rows, widths);
  if (!part_rows.empty()) {
    print("\nParts of face styles, not styles themselves:\n");
    print_table(part_rows, widths);
  }
  const bool some_missing = std::any_of(
      styles.begin(), styles.end(),
      [](const RegisteredStyle& style) { return !style.is_present() && style.is_downloadable(); });
  if (some_missing) {
    print("\nstylize models pull NAME gets one that is not here, with the parts it needs.\n");
  }
}

void list_names(const Registry& registry, bool parts_too) {
  const auto is_style = style_test(registry);
  for (const RegisteredStyle& style : registry.styles()) {
    if (!parts_too && !is_style(style)) {
      continue;
    }
    std::vector<std::string> names = style.manifest.aliases;
    names.insert(names.begin(), style.manifest.name);
    for (const std::string& name : names) {
      if (needs_no_quotes(name)) {
        print(name + "\t" + style.manifest.description + "\n");
      }
    }
  }
}

void show_style(const RegisteredStyle& style, bool json) {
  if (json) {
    print(dump(to_json(style)));
    return;
  }
  const Manifest& manifest = style.manifest;
  const auto line = [](const char* label, const std::string& value) {
    if (!value.empty()) {
      print(fmt::format("{:<16}{}\n", label, value));
    }
  };
  line("name", manifest.name);
  line("aliases", fmt::format("{}", fmt::join(manifest.aliases, ", ")));
  line("title", manifest.title);
  line("description", manifest.description);
  line("family", manifest.family);
  line("needs", fmt::format("{}", fmt::join(manifest.required, ", ")));
  line("base", manifest.base.empty() ? "" : manifest.base + " (for --strength below 1)");
  line("follows", manifest.reference ? "a picture: --reference IMAGE" : "");
  line("file", style.model_path.string() + (style.is_present() ? "" : " (not here)"));
  line("size", size_of(style));
  line("sha256", manifest.sha256);
  line("drawn at", drawn_at(style));
  line("licence", manifest.licence.text);
  line("commercial use", yes_or_no(manifest.licence.commercial));
  line("origin", manifest.licence.origin);
  line("download", fmt::format("{}", fmt::join(manifest.source.urls, "\n                ")));
  if (!style.is_present() && style.is_downloadable()) {
    line("get it with", "stylize models pull " + manifest.name);
  }
}

void show_path(const std::vector<std::filesystem::path>& folders, const std::string& name) {
  if (!name.empty()) {
    print(Registry(folders).find(name).model_path.string() + "\n");
    return;
  }
  for (const std::filesystem::path& folder : folders) {
    print(folder.string() + "\n");
  }
}

}  // namespace stylize::cli
