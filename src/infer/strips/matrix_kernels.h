// The loops of convolutions in bfloat16 on a processor's matrix units (Intel AMX).
#pragma once

#include <cstddef>
#include <cstdint>

namespace stylize::strips {

// What one instruction multiplies: so many pixels, each with kMatrixDepth values, by the weights of
// kMatrixChannels channels. (Intel: Architecture Instruction Set Extensions, TDPBF16PS.)
inline constexpr std::size_t kMatrixPixels = 16;
inline constexpr std::size_t kMatrixDepth = 32;
inline constexpr std::size_t kMatrixChannels = 16;
inline constexpr std::size_t kMatrixValues = kMatrixDepth * kMatrixChannels;  // of its weights

// Channels that are made together. Weights are [panels, rows, steps, 1 or 2 matrices,
// kMatrixDepth / 2, kMatrixChannels, 2], zeros where there is no weight; the last panel has one
// matrix a step where it has kMatrixChannels channels or fewer.
inline constexpr std::size_t kMatrixPanel = 2 * kMatrixChannels;

constexpr std::size_t matrix_panels(std::size_t channels) {
  return (channels + kMatrixPanel - 1) / kMatrixPanel;
}

// Pixels of a row come about in so many at once, or half of it: what the last block has too many is
// read, but not written.
inline constexpr std::size_t kMatrixRun = 4 * kMatrixPixels;

// Distances in values. No constructors: see row_kernels.h.
struct MatrixLayout {
  std::size_t rows;      // of the kernel
  std::size_t steps;     // of kMatrixDepth values: what a row of the kernel sees, and some behind
  std::size_t row_in;    // from one of its rows to the next
  std::size_t step;      // from what one pixel sees to what the next one does
  std::size_t channels;  // that come out; pixels are so far apart
};

// Rows of pixels: to = leaky(sum of rows x run values, each times its weight, + shift) + added.
// With slope 1 nothing is rectified.
struct MatrixRows {
  const std::uint16_t* from;
  std::uint16_t* to;           // not where anything is read from
  const std::uint16_t* added;  // null: zeros
  std::size_t rows;
  std::size_t pixels;
  std::size_t down_in;  // from what one row sees to what the next one does
  std::size_t down_out;
  std::size_t down_added;
  const std::uint16_t* weights;
  const float* shift;  // of all panels, kMatrixPanel values each; null: zeros
  float slope;
};

// Of the channels of panels `first` to `last`, one behind.
using MatrixKernel = void (*)(const MatrixRows& rows, const MatrixLayout& layout, std::size_t first,
                              std::size_t last);

// Null where this processor has no matrix units. Thread safe.
MatrixKernel matrix_kernel();

}  // namespace stylize::strips
