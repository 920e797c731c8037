#include <catch2/catch.hpp>
#include <vector>

#include "src/media/animation_timing.h"

using namespace stylize;

namespace {

constexpr AnimationClock kGif{.ticks = 100, .shortest = 2, .longest = 65535};

std::vector<FrameTime> steady(int frames, std::int64_t duration) {
  std::vector<FrameTime> times;
  times.reserve(static_cast<std::size_t>(frames));
  for (int i = 0; i < frames; ++i) {
    times.push_back({500 + i * duration, duration});
  }
  return times;
}

std::vector<int> delays(const std::vector<ShownFrame>& shown) {
  std::vector<int> ticks;
  ticks.reserve(shown.size());
  for (const ShownFrame& frame : shown) {
    ticks.push_back(frame.ticks);
  }
  return ticks;
}

std::vector<std::int64_t> numbers(const std::vector<ShownFrame>& shown) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(shown.size());
  for (const ShownFrame& frame : shown) {
    numbers.push_back(frame.number);
  }
  return numbers;
}

}  // namespace

TEST_CASE("rounded delays do not add up", "[video]") {
  // 30 a second, which no number of hundredths is.
  CHECK(delays(time_frames(steady(7, 1), {1, 30}, kGif)) == std::vector<int>{3, 4, 3, 3, 4, 3, 3});
  CHECK(delays(time_frames(steady(3, 1001), {1, 24000}, kGif)) == std::vector<int>{4, 4, 5});
}

TEST_CASE("frames that viewers would show late are left out, and time goes on", "[video]") {
  const std::vector<ShownFrame> shown = time_frames(steady(6, 1), {1, 60}, kGif);
  CHECK(numbers(shown) == std::vector<std::int64_t>{0, 1, 3, 4});
  CHECK(delays(shown) == std::vector<int>{2, 3, 2, 3});
}

TEST_CASE("each frame is shown as long as the next one waits", "[video]") {
  const std::vector<FrameTime> times{{0, 40}, {40, 40}, {500, 0}, {530, 40}};
  CHECK(delays(time_frames(times, {1, 1000}, kGif)) == std::vector<int>{4, 46, 3, 4});
  CHECK(delays(time_frames({{7, 0}}, {1, 1000}, kGif)) == std::vector<int>{2});
  CHECK(delays(time_frames({{0, 1000000}}, {1, 1000}, kGif)) == std::vector<int>{65535});
  CHECK(time_frames({}, {1, 1000}, kGif).empty());
}
