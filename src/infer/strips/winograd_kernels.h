// The transforms of Winograd's convolutions, one build of them for each instruction set.
#pragma once

#include <cstddef>

namespace stylize::strips {

// F(4x4, 3x3) of Lavin and Gray (Fast Algorithms for Convolutional Neural Networks, 2015): a tile
// of 6 x 6 input pixels gives 4 x 4 output pixels by 36 products a pair of channels instead of 144.
// F(3x3, 4x4), 3 x 3 output pixels of a kernel of 4 x 4, differs behind the products alone.
// They interpolate at 0, 1, -1, 2, -2 and infinity; here it is 0, kNear, -kNear, kFar, -kFar and
// infinity. Of all multiples of 1/16 and 1/8 these two make the smallest errors, half as large.
inline constexpr std::size_t kTileInput = 6;
inline constexpr std::size_t kTileProducts = kTileInput * kTileInput;
inline constexpr std::size_t kFewestTileChannels = 24;  // fewer gain less than transforms cost
inline constexpr float kNear = 0.625F;
inline constexpr float kFar = 1.5F;

// Distances in floats. No constructors: see row_kernels.h.
struct TileLayout {
  std::size_t channels;  // at least 16, the lanes of the widest vectors
  std::size_t row;       // from pixel row to pixel row; pixels are `channels` apart
  std::size_t product;   // from one of the 36 products to the next
};

struct WinogradKernels {
  // Of a tile whose first `rows` x `columns` pixels exist (0 beyond them): transpose(B) d B.
  void (*to_products)(const float* pixels, std::size_t rows, std::size_t columns, float* products,
                      const TileLayout& layout);
  // transpose(A) m A + shift, then leaky (row_kernels.h); `side` is that of the output tile, 3 or
  // 4, of which the first `rows` x `columns` are written.
  void (*from_products)(const float* products, float* pixels, std::size_t side, std::size_t rows,
                        std::size_t columns, const float* shift, float slope,
                        const TileLayout& layout);
};

// The fastest that this processor can run. Thread safe.
const WinogradKernels& winograd_kernels();

}  // namespace stylize::strips
