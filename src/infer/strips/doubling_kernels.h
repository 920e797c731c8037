// The transforms of transposed convolutions, one build of them for each instruction set.
#pragma once

#include <cstddef>

namespace stylize::strips {

// A transposed 3x3 convolution of stride 2, along one axis: output 2q is x[q - 1] w2 + x[q] w0,
// output 2q + 1 is x[q] w1. A tile of four q makes its even outputs from five pixels by Winograd's
// F(4, 2) at 0, 1, -1, 2 and infinity, with five products, its odd ones from the four pixels as
// they are. Along both axes a tile of 5 x 5 pixels takes 81 products for 8 x 8 outputs.
inline constexpr std::size_t kDoublingStep = 4;  // pixels of the input from tile to tile
inline constexpr std::size_t kDoublingInput = 5;
inline constexpr std::size_t kDoublingOutput = 8;
// Products in the order of the weights that they are made with: 25 weights for one each, those for
// both axes transformed, 10 for four each, of one axis transformed, and one for sixteen.
inline constexpr std::size_t kDoublingWeights = 36;
inline constexpr std::size_t kDoublingProducts = 81;
inline constexpr std::size_t kDoublingChannels = 16;  // have a multiple of so many

// Distances in floats. No constructors: see row_kernels.h.
struct DoublingLayout {
  std::size_t channels;
  std::size_t row;      // from pixel row to pixel row; pixels are `channels` apart
  std::size_t product;  // from one of the 81 products to the next
};

// Smoothing by an outer product of four and four taps, and what follows it.
struct SmoothRow {
  const float* rows[4];  // NOLINT(modernize-avoid-c-arrays): the pixel left of the first result's
  std::size_t pixels;    // of the result
  std::size_t channels;
  const float* down;    // taps, along the columns
  const float* across;  // and along the rows
  const float* scale;
  const float* shift;
  const float* noise;  // of each pixel
  float slope;
};

struct DoublingKernels {
  void (*to_products)(const float* pixels, float* products, const DoublingLayout& layout);
  void (*from_products)(const float* products, float* pixels, const DoublingLayout& layout);
  // to = leaky(scale[c] * smooth(rows) + shift[c] + noise[pixel]), leaky as in row_kernels.h.
  void (*smooth)(const SmoothRow& row, float* to);
};

// The fastest that this processor can run. Thread safe.
const DoublingKernels& doubling_kernels();

}  // namespace stylize::strips
