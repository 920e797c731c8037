#include "stylize/pipeline/frame_rate.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "stylize/pipeline/segmented_output.h"

using namespace stylize;

namespace {

constexpr Ratio kMilliseconds{1, 1000};

struct Timed {
  std::int64_t pts;
  std::int64_t duration = 0;
};

// Gives out frames whose only pixel is their number.
ConstantRate::Read source_of(const std::vector<Timed>& times) {
  return [times, next = std::make_shared<std::size_t>(0)]() -> std::optional<VideoFrame> {
    if (*next == times.size()) {
      return std::nullopt;
    }
    const Timed& time = times[*next];
    VideoFrame frame;
    frame.rgb = cv::Mat(1, 1, CV_32S, cv::Scalar(static_cast<double>((*next)++)));
    frame.pts = time.pts;
    frame.duration = time.duration;
    return frame;
  };
}

// So many frames of `rate`, times rounded to `clock` as muxers do.
std::vector<Timed> steady(int frames, Ratio rate, Ratio clock, std::int64_t start = 0) {
  std::vector<Timed> times;
  times.reserve(static_cast<std::size_t>(frames));
  const double ticks = 1.0 / rate.value() / clock.value();
  for (int i = 0; i < frames; ++i) {
    times.push_back({start + std::llround(ticks * i), std::llround(ticks)});
  }
  return times;
}

struct Shown {
  std::vector<int> numbers;  // of the source's frames
  std::vector<std::int64_t> times;
  std::vector<bool> repeats;
};

Shown all(ConstantRate& rate) {
  Shown shown;
  while (const auto frame = rate.next()) {
    shown.numbers.push_back(frame->rgb.at<int>(0, 0));
    shown.times.push_back(frame->pts);
    shown.repeats.push_back(frame->repeats);
  }
  return shown;
}

std::vector<int> numbers(const std::vector<Timed>& times, Ratio clock, Ratio rate) {
  ConstantRate frames(source_of(times), clock, rate);
  return all(frames).numbers;
}

std::vector<int> every(int step, int below) {
  std::vector<int> values;
  for (int value = 0; value < below; value += step) {
    values.push_back(value);
  }
  return values;
}

}  // namespace

TEST_CASE("rates are numbers and fractions", "[pipeline]") {
  const auto is = [](const char* text, int num, int den) {
    INFO(text);
    const std::optional<Ratio> rate = parse_rate(text);
    return rate && rate->num == num && rate->den == den;
  };
  CHECK(is("24", 24, 1));
  CHECK(is("12.5", 25, 2));
  CHECK(is("30000/1001", 30000, 1001));
  CHECK(is("50/2", 25, 1));
  CHECK(is("0.1", 1, 10));
  CHECK(is("23.976", 24000, 1001));
  CHECK(is("23.98", 24000, 1001));
  CHECK(is("29.97", 30000, 1001));
  CHECK(is("59.94", 60000, 1001));
  CHECK(is("1000", 1000, 1));
  for (const char* text : {"", "0", "-5", "nan", "inf", "1e3", "24fps", "24/", "/1", "24/0",
                           "1/2/3", "1000.1", "0.0009", "2.5/2", "30000000/1001000", " 24"}) {
    INFO(text);
    CHECK_FALSE(parse_rate(text));
  }
}

TEST_CASE("a clock has the frames and the source's times at whole ticks", "[pipeline]") {
  const auto ticks = [](Ratio source, Ratio rate) { return clock_for(source, rate).den; };
  CHECK(ticks({1, 12800}, {25, 1}) == 12800);
  CHECK(ticks({1, 12800}, {24, 1}) == 38400);
  CHECK(ticks({1, 12800}, {30000, 1001}) == 960000);
  CHECK(ticks(kMilliseconds, {24000, 1001}) == 24000);
  CHECK(ticks({1001, 30000}, {30, 1}) == 30000);
  CHECK(ticks({1, 25}, {25, 2}) == 25);
  // What would need more ticks keeps the frames exact.
  CHECK(ticks({1, 999983}, {24, 1}) % 24 == 0);
  CHECK(ticks({1, 999983}, {24, 1}) >= 90000);
  CHECK(clock_for({1, 12800}, {24, 1}).num == 1);
}

TEST_CASE("fewer frames a second leave some out", "[pipeline]") {
  CHECK(numbers(steady(60, {60, 1}, kMilliseconds), kMilliseconds, {30, 1}) == every(2, 60));
  CHECK(numbers(steady(60, {60, 1}, kMilliseconds), kMilliseconds, {20, 1}) == every(3, 60));
  CHECK(numbers(steady(61, {60, 1}, {1, 15360}), {1, 15360}, {15, 1}) == every(4, 61));
  // 25 to 10: every second and third by turns.
  CHECK(numbers(steady(10, {25, 1}, {1, 12800}), {1, 12800}, {10, 1}) ==
        std::vector<int>{0, 2, 5, 7});
}

TEST_CASE("more frames a second repeat some, and say so", "[pipeline]") {
  ConstantRate rate(source_of(steady(5, {10, 1}, {1, 10240})), {1, 10240}, {25, 1});
  const Shown shown = all(rate);
  CHECK(shown.numbers == std::vector<int>{0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4});
  for (std::size_t i = 0; i < shown.numbers.size(); ++i) {
    CHECK(shown.repeats[i] == (i > 0 && shown.numbers[i] == shown.numbers[i - 1]));
    CHECK(shown.times[i] * 25 == static_cast<std::int64_t>(i) * rate.clock().den);
  }
  CHECK(rate.frames_of(0.5) == 13);
}

TEST_CASE("a rate that is the source's changes nothing", "[pipeline]") {
  for (const Ratio rate : {Ratio{25, 1}, Ratio{30000, 1001}, Ratio{60, 1}}) {
    for (const Ratio clock : {kMilliseconds, Ratio{1, 90000}}) {
      CHECK(numbers(steady(250, rate, clock, 77), clock, rate) == every(1, 250));
    }
  }
}

TEST_CASE("film at 24 frames a second repeats one in a thousand", "[pipeline]") {
  const Ratio clock{1, 24000};
  CHECK(numbers(steady(24, {24000, 1001}, clock), clock, {24, 1}) == every(1, 24));
  const std::vector<int> shown = numbers(steady(2000, {24000, 1001}, clock), clock, {24, 1});
  REQUIRE(shown.size() == 2002);
  int repeated = 0;
  for (std::size_t i = 1; i < shown.size(); ++i) {
    REQUIRE(shown[i] - shown[i - 1] <= 1);
    repeated += shown[i] == shown[i - 1] ? 1 : 0;
  }
  CHECK(repeated == 2);
  CHECK(shown.back() == 1999);
}

TEST_CASE("frames at uneven times are shown as long as they were", "[pipeline]") {
  const std::vector<Timed> times{{0, 100}, {100, 400}, {500, 10}, {510, 10}, {520, 80}, {600, 200}};
  CHECK(numbers(times, kMilliseconds, {10, 1}) == std::vector<int>{0, 1, 1, 1, 1, 3, 5, 5});
  // Without durations the last one lasts as long as the one before it.
  CHECK(numbers({{0}, {100}, {400}}, kMilliseconds, {10, 1}) ==
        std::vector<int>{0, 1, 1, 1, 2, 2, 2});
}

TEST_CASE("times begin where the source begins", "[pipeline]") {
  ConstantRate rate(source_of(steady(5, {25, 1}, {1, 90000}, 126000)), {1, 90000}, {50, 1});
  const Shown shown = all(rate);
  REQUIRE(shown.times.size() == 10);
  CHECK(rate.clock().den == 90000);
  CHECK(shown.times.front() == 126000);
  CHECK(shown.times.back() == 126000 + 9 * 1800);
}

TEST_CASE("one frame, and none", "[pipeline]") {
  CHECK(numbers({{0, 40}}, kMilliseconds, {25, 1}) == std::vector<int>{0});
  CHECK(numbers({{0}}, kMilliseconds, {25, 1}) == std::vector<int>{0});
  CHECK(numbers({{0, 1}}, kMilliseconds, {1, 10}) == std::vector<int>{0});
  CHECK(numbers({{0, 200}}, kMilliseconds, {25, 1}).size() == 5);
  CHECK(numbers({}, kMilliseconds, {25, 1}).empty());
  ConstantRate cut(source_of({{0, 10000}}), kMilliseconds, {25, 1}, 0.2);
  CHECK(all(cut).numbers.size() == 5);
}

TEST_CASE("a run that goes on gives the frames that a whole one gives", "[pipeline]") {
  const std::vector<Timed> times = steady(300, {10, 1}, kMilliseconds);
  ConstantRate whole(source_of(times), kMilliseconds, {29, 1});
  const Shown expected = all(whole);
  ConstantRate rest(source_of(times), kMilliseconds, {29, 1});
  rest.skip(std::int64_t{2} * SegmentedOutput::kFrames);
  const Shown shown = all(rest);
  REQUIRE(shown.numbers.size() == expected.numbers.size() - 240);
  CHECK(std::equal(shown.times.begin(), shown.times.end(), expected.times.begin() + 240));
  CHECK(std::equal(shown.numbers.begin(), shown.numbers.end(), expected.numbers.begin() + 240));
  CHECK(shown.repeats == std::vector<bool>(expected.repeats.begin() + 240, expected.repeats.end()));
  // Drawn there, although it is the same picture as the one before.
  CHECK(expected.numbers[240] == expected.numbers[239]);
  CHECK_FALSE(shown.repeats.front());
}
