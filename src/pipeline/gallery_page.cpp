#include "gallery_page.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include <nlohmann/json.hpp>

#include "gallery_links.h"
#include "gallery_script.h"
#include "gallery_style.h"
#include "gallery_template.h"
#include "stylize/style/file_hash.h"

namespace stylize {
namespace {

using Json = nlohmann::json;

double rounded(double seconds) {
  constexpr double kDigits = 100.0;
  return std::round(seconds * kDigits) / kDigits;
}

// As text in a script element of HTML, which a "<" could end.
std::string json_text(const Json& value) {
  std::string text;
  for (const char c : value.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

Json picture_json(const std::string& link, const std::string& thumbnail) {
  Json object = {{"link", link}};
  if (!thumbnail.empty()) {
    object["thumbnail"] = thumbnail;
  }
  return object;
}

// Messages begin with the input's path, which the page has said already.
std::string_view bare_message(const GalleryEntry& entry) {
  const std::string subject = entry.input.string() + ": ";
  std::string_view message = entry.message;
  if (message.substr(0, subject.size()) == subject) {
    message.remove_prefix(subject.size());
  }
  return message;
}

Json item_json(const GalleryItem& item) {
  const GalleryEntry& entry = *item.entry;
  Json object = {{"name", entry.name}, {"status", job_status_name(entry.status)}};
  if (const std::string_view message = bare_message(entry); !message.empty()) {
    object["message"] = message;
  }
  if (entry.width > 0 && entry.height > 0) {
    object["width"] = entry.width;
    object["height"] = entry.height;
  }
  if (entry.faces > 0) {
    object["faces"] = entry.faces;
  }
  if (entry.seconds > 0.0) {
    object["seconds"] = rounded(entry.seconds);
  }
  if (!item.before.empty()) {
    object["before"] = picture_json(item.before, item.before_thumbnail);
  }
  if (!item.after.empty()) {
    object["after"] = picture_json(item.after, item.after_thumbnail);
  }
  return object;
}

// An entry a line.
std::string data_text(const std::vector<GalleryItem>& items, const GalleryFacts& facts,
                      const std::string& thumbnails) {
  const Json head = {{"title", facts.title},
                     {"style", facts.style},
                     {"device", facts.device},
                     {"program", facts.program},
                     {"thumbnails", thumbnails},
                     {"seconds", rounded(facts.seconds)},
                     {"interrupted", facts.interrupted}};
  std::string text = json_text(head);
  text.back() = ',';
  text += "\"entries\":[";
  const char* separator = "\n";
  for (const GalleryItem& item : items) {
    text += separator + json_text(item_json(item));
    separator = ",\n";
  }
  return text + "\n]}";
}

// A content security policy's name for an inline script or style.
std::string policy_hash(std::string_view text) {
  constexpr int kHexadecimal = 16;
  const std::string digits =
      sha256_of_bytes(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, kHexadecimal)));
  }
  return "'sha256-" + base64(bytes) + "'";
}

// Nothing from elsewhere, and no script but ours, whatever a name may hold.
std::string policy() {
  return "default-src 'none'; img-src 'self' file: data:; style-src " + policy_hash(kGalleryStyle) +
         "; script-src " + policy_hash(kGalleryScript) + "; base-uri 'none'; form-action 'none'";
}

// Puts parts where the template says {{name}}, in one go: what they hold is not looked at.
std::string fill(std::string_view text, const std::map<std::string_view, std::string>& parts) {
  constexpr std::string_view kOpen = "{{";
  constexpr std::string_view kClose = "}}";
  std::string result;
  for (;;) {
    const std::size_t open = text.find(kOpen);
    result += text.substr(0, open);
    if (open == std::string_view::npos) {
      return result;
    }
    text.remove_prefix(open + kOpen.size());
    const std::size_t close = text.find(kClose);
    result += parts.at(text.substr(0, close));
    text.remove_prefix(close + kClose.size());
  }
}

}  // namespace

std::string gallery_page(const std::vector<GalleryItem>& items, const GalleryFacts& facts,
                         const std::string& thumbnails) {
  return fill(kGalleryTemplate, {{"policy", policy()},
                                 {"style", std::string(kGalleryStyle)},
                                 {"script", std::string(kGalleryScript)},
                                 {"data", data_text(items, facts, thumbnails)}});
}

}  // namespace stylize
