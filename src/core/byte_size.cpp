#include "stylize/core/byte_size.h"

#include <array>
#include <cstdio>

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

}  // namespace stylize
