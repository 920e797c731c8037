#include "percent_encoding.h"

#include <cctype>
#include <charconv>

namespace stylize {
namespace {

constexpr unsigned char kDelete = 0x7F;  // the last byte of ASCII

template <typename Keeps>
std::string encode(std::string_view bytes, const Keeps& keeps) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (keeps(byte)) {
      text += c;
    } else {
      text += {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    }
  }
  return text;
}

}  // namespace

std::string percent_encode(std::string_view bytes) {
  return encode(bytes,
                [](unsigned char byte) { return byte >= ' ' && byte < kDelete && byte != '%'; });
}

std::string percent_encode_path(std::string_view path) {
  constexpr std::string_view kOthers = "-._~/";
  return encode(path, [kOthers](unsigned char byte) {
    return byte < kDelete && (std::isalnum(byte) != 0 ||
                              kOthers.find(static_cast<char>(byte)) != std::string_view::npos);
  });
}

std::string percent_decode(std::string_view text) {
  constexpr int kHexadecimal = 16;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned int byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, kHexadecimal).ptr == digits + 2) {
      bytes += static_cast<char>(byte);
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

}  // namespace stylize
