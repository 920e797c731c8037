// When each picture of an animation is shown.
#pragma once

#include <cstdint>
#include <vector>

#include "ffmpeg_ptr.h"

namespace stylize {

struct FrameTime {
  std::int64_t pts = 0;
  std::int64_t duration = 0;
};

// How a format counts time, in ticks.
struct AnimationClock {
  int ticks = 1000;  // a second
  int shortest = 1;  // that viewers show as they are told
  int longest = 0;   // that can be told
};

struct ShownFrame {
  std::int64_t number = 0;  // among all frames
  int ticks = 0;
};

// The frames that are shown, and how long. Each begins within half a tick of its time, counted from
// the first one; one that comes too soon after the one before is left out. `times` grow and are in
// units of `base`; the last frame lasts as long as it is said to.
std::vector<ShownFrame> time_frames(const std::vector<FrameTime>& times, AVRational base,
                                    const AnimationClock& clock);

}  // namespace stylize
