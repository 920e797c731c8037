#include "steady_clock.h"

#include <algorithm>
#include <cstdlib>

#include "stylize/core/log.h"

namespace stylize {
namespace {

constexpr std::int64_t kSecond = AV_TIME_BASE;
constexpr std::int64_t kLongestGap = 10 * kSecond;   // a longer one is a jump
constexpr std::size_t kMostEpochs = 16;              // in which a packet may belong
constexpr std::int64_t kLargestStep = kSecond / 10;  // backwards, of a careless muxer

std::int64_t microseconds(std::int64_t ticks, AVRational base) {
  return av_rescale_q(ticks, base, AV_TIME_BASE_Q);
}

}  // namespace

SteadyClock::Times SteadyClock::times_of(const AVPacket& packet) const {
  const AVStream& stream = *format_.streams[packet.stream_index];
  Times times;
  times.decoded =
      microseconds(packet.dts == AV_NOPTS_VALUE ? packet.pts : packet.dts, stream.time_base);
  if (packet.pts != AV_NOPTS_VALUE) {
    times.shown = microseconds(packet.pts, stream.time_base);
  }
  times.duration = microseconds(packet.duration, stream.time_base);
  if (times.duration <= 0 && stream.avg_frame_rate.num > 0) {
    times.duration = microseconds(1, av_inv_q(stream.avg_frame_rate));
  }
  times.is_key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
  return times;
}

// Without a jump. A stream with few pictures may leave long gaps, as long as others show that the
// time has passed.
bool SteadyClock::goes_on(const Stream& stream, const Times& times) const {
  const std::int64_t time = times.decoded + offsets_[stream.epoch];
  const bool is_near_others = latest_ && std::abs(time - *latest_) <= kLongestGap;
  if (!stream.next) {
    return !latest_ || is_near_others;
  }
  return time >= *stream.next - kLargestStep &&
         (time <= *stream.next + kLongestGap || is_near_others);
}

// Whether a jump has led to `epoch`. Streams do not end and begin at one time, so that one which
// jumps later than others may overlap a little with itself.
bool SteadyClock::follows(const Stream& stream, const Times& times, std::size_t epoch) const {
  const std::int64_t expected = stream.next.value_or(latest_.value_or(0));
  const std::int64_t gap = times.decoded + offsets_[epoch] - expected;
  const std::int64_t overlap = epoch > stream.epoch ? kLongestGap : kLargestStep;
  return gap >= -overlap && gap <= kLongestGap;
}

std::size_t SteadyClock::oldest_epoch() const {
  return offsets_.size() - std::min(offsets_.size(), kMostEpochs);
}

void SteadyClock::choose_known_epoch(Stream& stream, const Times& times) const {
  for (std::size_t epoch = offsets_.size(); epoch-- > oldest_epoch();) {
    if (latest_ && std::abs(times.decoded + offsets_[epoch] - *latest_) <= kLongestGap) {
      stream.epoch = epoch;
      return;
    }
  }
}

// What moves the packet so that decoding goes on where it was, and showing as well: a key frame is
// shown before those behind it, others may be out of order.
std::int64_t SteadyClock::smooth_offset(const Stream& stream, const Times& times) const {
  const std::int64_t next = stream.next.value_or(latest_.value_or(0));
  const std::int64_t offset = next - times.decoded;
  if (!times.is_key || !times.shown || !stream.next_shown) {
    return offset;
  }
  return std::max(offset, stream.next_shown.value() - times.shown.value());
}

void SteadyClock::choose_epoch(Stream& stream, const Times& times, bool is_drawn) {
  if (goes_on(stream, times)) {
    return;
  }
  const std::int64_t smooth = smooth_offset(stream, times);
  for (std::size_t epoch = offsets_.size(); epoch-- > oldest_epoch();) {
    if (epoch != stream.epoch && follows(stream, times, epoch)) {
      if (is_drawn && epoch > stream.epoch) {
        offsets_[epoch] = std::max(offsets_[epoch], smooth);
      }
      stream.epoch = epoch;
      return;
    }
  }
  log_debug("video: the file's clock jumps by " +
            std::to_string((offsets_[stream.epoch] - smooth) / kSecond) + " s");
  offsets_.push_back(smooth);
  stream.epoch = offsets_.size() - 1;
}

void SteadyClock::apply(AVPacket& packet) {
  if (packet.dts == AV_NOPTS_VALUE && packet.pts == AV_NOPTS_VALUE) {
    return;
  }
  const auto index = static_cast<std::size_t>(packet.stream_index);
  if (index >= streams_.size()) {
    streams_.resize(index + 1);  // some appear on the way
  }
  Stream& stream = streams_[index];
  const Times times = times_of(packet);
  const AVStream& described = *format_.streams[index];
  const AVMediaType type = described.codecpar->codec_type;
  const bool is_steady = type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO;
  if (is_steady) {
    choose_epoch(stream, times, packet.stream_index == drawn_);
  } else {
    choose_known_epoch(stream, times);
  }
  const std::int64_t offset = offsets_[stream.epoch];
  if (is_steady) {
    stream.next = times.decoded + times.duration + offset;
    latest_ = times.decoded + offset;
  }
  if (times.shown) {
    stream.next_shown = std::max(stream.next_shown.value_or(*times.shown + offset),
                                 *times.shown + times.duration + offset);
  }
  const std::int64_t moved = av_rescale_q(offset, AV_TIME_BASE_Q, described.time_base);
  for (std::int64_t* time : {&packet.pts, &packet.dts}) {
    *time += *time == AV_NOPTS_VALUE ? 0 : moved;
  }
}

}  // namespace stylize
