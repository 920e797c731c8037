#include "gallery_links.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "percent_encoding.h"

namespace stylize {
namespace fs = std::filesystem;

std::string link_to(const fs::path& target, const fs::path& folder) {
  const fs::path from = fs::absolute(folder).lexically_normal();
  return percent_encode_path(
      fs::absolute(target).lexically_normal().lexically_relative(from).string());
}

std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t kGroup = 3;  // bytes that make four letters
  std::string text;
  text.reserve((bytes.size() + kGroup - 1) / kGroup * 4);
  for (std::size_t start = 0; start < bytes.size(); start += kGroup) {
    const std::size_t count = std::min(kGroup, bytes.size() - start);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < kGroup; ++i) {
      bits = bits << 8U | (i < count ? std::to_integer<std::uint32_t>(bytes[start + i]) : 0U);
    }
    for (std::size_t letter = 0; letter <= kGroup; ++letter) {
      const std::uint32_t index = bits >> (18U - 6U * letter) & 0x3FU;
      text += letter <= count ? kLetters[index] : '=';
    }
  }
  return text;
}

std::string jpeg_data_address(std::span<const std::byte> bytes) {
  return "data:image/jpeg;base64," + base64(bytes);
}

}  // namespace stylize
