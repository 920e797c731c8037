// The loops of direct convolutions, one build of them for each instruction set.
#pragma once

#include <cstddef>

namespace stylize::strips {

// Channels whose weights lie together: [rows, run, kPanel], panel behind panel. The last panel ends
// with the last channel, so that channels may be in it that are in the one before, too.
inline constexpr std::size_t kPanel = 16;

constexpr std::size_t panel_count(std::size_t channels) { return (channels + kPanel - 1) / kPanel; }

// Distances in values. No constructors: see row_kernels.h.
struct DirectLayout {
  std::size_t run;        // values that a row of the kernel sees, one behind the other
  std::size_t rows;       // of the kernel
  std::ptrdiff_t row_in;  // from one of its rows to the next
  std::size_t step;       // from what one pixel sees to what the next one does
  std::size_t channels;   // that come out; pixels are so far apart
};

// Pixels beside each other: to = leaky(sum of rows x run values, each times its weight, + shift) +
// added. With slope 1 nothing is rectified.
struct DirectRow {
  const float* from;
  float* to;  // not where anything is read from
  std::size_t pixels;
  const float* weights;
  const float* shift;  // null: zeros
  const float* added;  // pixels as far apart as those of `to`; null: zeros
  float slope;
};

struct DirectKernels {
  // Of the channels of panels `first` to `last`, one behind; there are kPanel channels or more.
  void (*wide)(const DirectRow& row, const DirectLayout& layout, std::size_t first,
               std::size_t last);
  // Of all channels, a few; weights are [channels, rows, run].
  void (*narrow)(const DirectRow& row, const DirectLayout& layout);
};

// The fastest that this processor can run. Thread safe.
const DirectKernels& direct_kernels();

}  // namespace stylize::strips
