// A video's frames at a constant rate.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "stylize/media/video_info.h"
#include "stylize/media/video_reader.h"

namespace stylize {

// "24", "12.5", "30000/1001"; 23.976, 29.97 and their like are taken for 24000/1001, 30000/1001 and
// so on. Nothing for other text and outside of 0.001 to 1000.
std::optional<Ratio> parse_rate(std::string_view text);

// Seconds a tick of a clock that has every frame of `rate` a second at a whole number of ticks, and
// the times of `source`, another clock, too, or nearly so where that would take more than a million
// ticks a second. Both are above 0.
Ratio clock_for(Ratio source, Ratio rate);

// Frame k shows what the source shows k/rate seconds after its first frame, or, since clocks round,
// a tenth of a frame later: source frames are left out or repeated. It ends with the source.
//
// A repeated frame says so; it shares its pixels with the one before. The first of a segment
// (SegmentedOutput) never does: a run that goes on there draws it, so every run must.
// Not thread safe. Throws what `read` throws.
class ConstantRate {
 public:
  using Read = std::function<std::optional<VideoFrame>()>;

  // `read` gives frames in the order of their times, in ticks of `source`. Not more than `longest`
  // seconds are shown.
  ConstantRate(Read read, Ratio source, Ratio rate, std::optional<double> longest = {});

  // Seconds a tick of the frames' times.
  [[nodiscard]] Ratio clock() const { return clock_; }

  // How many frames so many seconds make.
  [[nodiscard]] std::int64_t frames_of(double seconds) const;

  // Nothing at the end.
  std::optional<VideoFrame> next();

  // As if so many had been taken.
  void skip(std::int64_t frames);

 private:
  void advance();
  void begin();
  [[nodiscard]] std::int64_t end() const;  // as far as it is known

  Read read_;
  Ratio source_;
  Ratio clock_;
  std::int64_t step_;       // ticks a frame
  std::int64_t tolerance_;  // of rounded times
  std::optional<std::int64_t> longest_;
  std::optional<VideoFrame> shown_;     // times of both are on our clock
  std::optional<VideoFrame> upcoming_;  // behind it; none: the source has ended
  std::int64_t start_ = 0;              // of the first
  std::int64_t gap_ = 0;                // between the last two
  std::int64_t taken_ = 0;
  bool is_repeated_ = false;  // shown_ has been given out
};

}  // namespace stylize
