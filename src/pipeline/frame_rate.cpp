#include "stylize/pipeline/frame_rate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "stylize/pipeline/segmented_output.h"

namespace stylize {
namespace {

Ratio reduced(Ratio ratio) {
  const int divisor = std::gcd(ratio.num, ratio.den);
  return {ratio.num / divisor, ratio.den / divisor};
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

bool is_whole(double value) { return value == std::floor(value); }

// What television made of whole rates, as people round them.
std::optional<Ratio> television_rate(double rate) {
  constexpr double kRounded = 0.0051;
  for (const int whole : {24, 30, 48, 60, 120}) {
    if (std::abs(rate - whole / 1.001) < kRounded) {
      return Ratio{whole * 1000, 1001};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Ratio> parse_rate(std::string_view text) {
  constexpr double kLeast = 0.001;
  constexpr double kMost = 1000.0;
  constexpr double kLargest = 1e6;  // of a fraction's numbers
  const std::size_t slash = text.find('/');
  const std::optional<double> above = parse_number(text.substr(0, slash));
  const std::optional<double> below =
      slash == std::string_view::npos ? 1.0 : parse_number(text.substr(slash + 1));
  // Written so that it is wrong for what is no number.
  if (!above || !below || !(*above / *below >= kLeast && *above / *below <= kMost)) {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) {
    constexpr int kParts = 1000;
    const std::optional<Ratio> known = television_rate(*above);
    return known ? known : reduced({static_cast<int>(std::lround(*above * kParts)), kParts});
  }
  if (!is_whole(*above) || !is_whole(*below) || *above > kLargest || *below > kLargest) {
    return std::nullopt;
  }
  return reduced({static_cast<int>(*above), static_cast<int>(*below)});
}

Ratio clock_for(Ratio source, Ratio rate) {
  constexpr std::int64_t kMostTicks = 1'000'000;  // a second
  constexpr std::int64_t kEnough = 90'000;        // as in broadcasts
  const std::int64_t frames = reduced(rate).num;
  // The smallest multiple of `frames` that has the source's ticks, too.
  const std::int64_t exact = source.den / std::gcd<std::int64_t>(source.den, frames * source.num);
  const std::int64_t multiple = frames * exact <= kMostTicks
                                    ? exact
                                    : std::max<std::int64_t>(1, (kEnough + frames - 1) / frames);
  return {1, static_cast<int>(frames * multiple)};
}

ConstantRate::ConstantRate(Read read, Ratio source, Ratio rate, std::optional<double> longest)
    : read_(std::move(read)),
      source_(source),
      clock_(clock_for(source, rate)),
      step_(std::llround(clock_.den / rate.value())),
      tolerance_(step_ / 10) {
  if (longest) {
    longest_ = std::llround(*longest / clock_.value());
  }
}

std::int64_t ConstantRate::frames_of(double seconds) const {
  const double frames = seconds / clock_.value() / static_cast<double>(step_);
  constexpr double kTolerance = 0.1;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(frames - kTolerance)));
}

void ConstantRate::advance() {
  upcoming_ = read_();
  if (upcoming_) {
    const auto to_clock = [this](std::int64_t ticks) {
      return std::llround(static_cast<long double>(ticks) * source_.num * clock_.den / source_.den);
    };
    upcoming_->pts = to_clock(upcoming_->pts);
    upcoming_->duration = to_clock(upcoming_->duration);
  }
}

void ConstantRate::begin() {
  advance();
  if (upcoming_) {
    shown_ = std::move(upcoming_);
    start_ = shown_->pts;
    gap_ = step_;
    advance();
  }
}

std::int64_t ConstantRate::end() const {
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  if (!upcoming_) {
    end = shown_->pts + (shown_->duration > 0 ? shown_->duration : gap_);
  }
  return longest_ ? std::min(end, start_ + *longest_) : end;
}

std::optional<VideoFrame> ConstantRate::next() {
  if (taken_ == 0) {
    begin();
  }
  if (!shown_) {
    return std::nullopt;
  }
  const std::int64_t time = start_ + taken_ * step_;
  while (upcoming_ && upcoming_->pts <= time + tolerance_) {
    gap_ = std::max<std::int64_t>(1, upcoming_->pts - shown_->pts);
    shown_ = std::move(upcoming_);
    is_repeated_ = false;
    advance();
  }
  if (taken_ > 0 && time + tolerance_ >= end()) {
    return std::nullopt;
  }
  VideoFrame frame = *shown_;
  frame.pts = time;
  frame.duration = step_;
  frame.repeats = is_repeated_ && taken_ % SegmentedOutput::kFrames != 0;
  is_repeated_ = true;
  ++taken_;
  return frame;
}

void ConstantRate::skip(std::int64_t frames) {
  while (frames > 0 && next()) {
    --frames;
  }
}

}  // namespace stylize
