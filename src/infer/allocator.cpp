#include "stylize/infer/allocator.h"

#include <malloc.h>

#include <limits>

namespace stylize {

bool tune_allocator() noexcept {
  constexpr int kNever = std::numeric_limits<int>::max();
  constexpr int kTopPad = 256 << 20;  // grow the heap in steps of 256 MiB
  const bool arena = mallopt(M_ARENA_MAX, 1) == 1;
  const bool map = mallopt(M_MMAP_MAX, 0) == 1;
  const bool trim = mallopt(M_TRIM_THRESHOLD, kNever) == 1;
  const bool pad = mallopt(M_TOP_PAD, kTopPad) == 1;
  return arena && map && trim && pad;
}

}  // namespace stylize
