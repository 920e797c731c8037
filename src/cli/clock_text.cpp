#include "clock_text.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>

namespace stylize::cli {

std::string as_clock(double seconds) {
  constexpr int kMinute = 60;
  const auto whole = static_cast<long>(std::ceil(seconds));
  const long minutes = whole / kMinute;
  if (minutes < kMinute) {
    return fmt::format("{}:{:02}", minutes, whole % kMinute);
  }
  return fmt::format("{}:{:02}:{:02}", minutes / kMinute, minutes % kMinute, whole % kMinute);
}

}  // namespace stylize::cli
