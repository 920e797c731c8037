#include "stylize/core/byte_size.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iterator>

namespace stylize {

std::string format_byte_size(std::uint64_t bytes) {
  constexpr std::array kUnits{"KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes) / 1e3;
  std::size_t unit = 0;
  constexpr double kNext = 999.5;  // would be shown as 1000
  while (value >= kNext && unit + 1 < kUnits.size()) {
    value /= 1e3;
    ++unit;
  }
  std::array<char, 32> text{};
  constexpr double kOneDigit = 9.95;
  std::snprintf(text.data(), text.size(), value < kOneDigit ? "%.1f %s" : "%.0f %s", value,
                kUnits.at(unit));
  return text.data();
}

std::optional<std::uint64_t> parse_byte_size(std::string_view text) {
  double value = 0.0;
  const auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (status != std::errc()) {
    return std::nullopt;
  }
  std::string unit;
  std::copy_if(end, text.data() + text.size(), std::back_inserter(unit),
               [](char c) { return c != ' '; });
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (unit.ends_with('B')) {
    unit.pop_back();
  }
  double base = 1e3;
  if (unit.ends_with('I')) {
    unit.pop_back();
    base = 1024.0;
    if (unit.empty()) {
      return std::nullopt;
    }
  }
  constexpr std::string_view kUnits = "KMGT";
  const std::size_t power = unit.empty() ? 0 : kUnits.find(unit) + 1;
  value *= std::pow(base, static_cast<double>(power));
  constexpr double kMost = 9e18;
  const bool is_sound = unit.size() <= 1 && power <= kUnits.size() && value >= 1.0 &&
                        value < kMost && (power != 0 || unit.empty());
  return is_sound ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
}

}  // namespace stylize
