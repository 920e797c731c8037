#include "animation_timing.h"

#include <algorithm>

namespace stylize {

std::vector<ShownFrame> time_frames(const std::vector<FrameTime>& times, AVRational base,
                                    const AnimationClock& clock) {
  std::vector<ShownFrame> shown;
  if (times.empty()) {
    return shown;
  }
  const auto ticks_at = [&](std::int64_t pts) {
    return av_rescale_q(pts - times.front().pts, base, {1, clock.ticks});
  };
  std::int64_t begin = 0;  // of the last one in `shown`
  const auto end_last = [&](std::int64_t end) {
    const auto least = static_cast<std::int64_t>(clock.shortest);
    shown.back().ticks =
        static_cast<int>(std::clamp(end - begin, least, static_cast<std::int64_t>(clock.longest)));
  };
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::int64_t now = ticks_at(times[i].pts);
    if (!shown.empty()) {
      if (now - begin < clock.shortest) {
        continue;
      }
      end_last(now);
    }
    shown.push_back({static_cast<std::int64_t>(i), 0});
    begin = now;
  }
  end_last(ticks_at(times.back().pts + times.back().duration));
  return shown;
}

}  // namespace stylize
