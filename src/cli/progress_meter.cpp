#include "progress_meter.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "clock_text.h"

namespace stylize::cli {

void ProgressMeter::add(JobStatus status, Clock::time_point now) {
  ++finished_;
  latest_ = now;
  if (status != JobStatus::kSkipped) {
    ++worked_on_;
  } else if (worked_on_ == 0) {
    start_ = now;  // looking at files that are done is no work
  }
}

double ProgressMeter::rate() const {
  const double seconds = std::chrono::duration<double>(latest_ - start_).count();
  return worked_on_ > 0 && seconds > 0.0 ? worked_on_ / seconds : 0.0;
}

int ProgressMeter::percent() const {
  constexpr int kWhole = 100;
  return total_ == 0 ? kWhole : static_cast<int>(static_cast<long>(finished_) * kWhole / total_);
}

std::string ProgressMeter::remaining() const {
  const double speed = rate();
  if (speed <= 0.0) {
    return {};
  }
  const std::string pace =
      speed >= 1.0 ? fmt::format("{:.1f}/s", speed) : fmt::format("{:.1f} s each", 1.0 / speed);
  return fmt::format("{}, {} left", pace, as_clock((total_ - finished_) / speed));
}

std::string ProgressMeter::bar(std::size_t columns) const {
  std::string text = fmt::format(" {:3} %  {}/{}", percent(), finished_, total_);
  if (const std::string rest = remaining(); !rest.empty()) {
    text += "  " + rest;
  }
  constexpr std::size_t kFrame = 3;  // brackets, and a column that stays free
  constexpr std::size_t kWidest = 40;
  constexpr std::size_t kNarrowest = 5;
  if (columns < text.size() + kFrame + kNarrowest) {
    return text.substr(1);
  }
  const std::size_t width = std::min(kWidest, columns - text.size() - kFrame);
  const std::size_t filled = width * static_cast<std::size_t>(percent()) / 100;
  std::string drawn(filled, '=');
  if (filled < width) {
    drawn += '>';
    drawn.append(width - filled - 1, ' ');
  }
  return "[" + drawn + "]" + text;
}

std::string ProgressMeter::line() const {
  const std::string rest = remaining();
  return fmt::format("{} of {} ({} %){}{}", finished_, total_, percent(), rest.empty() ? "" : ", ",
                     rest);
}

}  // namespace stylize::cli
