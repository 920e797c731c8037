#include "still_feed.h"

#include <algorithm>
#include <cmath>

namespace stylize {

std::int64_t StillFeed::frames() const {
  return std::max<std::int64_t>(1, std::llround(clip_.seconds * clip_.frame_rate.value()));
}

InputPtr StillFeed::format() const {
  const AVRational tick{clip_.frame_rate.den, clip_.frame_rate.num};
  return rgb_format(clip_.rgb.size(), tick, frames(), frames());
}

int StillFeed::read(AVPacket& packet) {
  if (next_ == frames()) {
    return AVERROR_EOF;
  }
  return fill_packet(packet, clip_.rgb, next_++, 1);
}

}  // namespace stylize
