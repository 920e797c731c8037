// The loops of depthwise convolutions, one build of them for each instruction set.
#pragma once

#include <cstddef>

#include "row_kernels.h"

namespace stylize::strips {

inline constexpr std::size_t kDepthwiseSide = 3;
inline constexpr std::size_t kFewestDepthwiseChannels = 16;

// Distances in values. No constructors: see row_kernels.h.
struct DepthwiseLayout {
  std::size_t channels;  // at least kFewestDepthwiseChannels; pixels are as far apart
  std::size_t step;      // of the convolution, 1 or 2, down and right
  std::size_t row_in;
  std::size_t row_out;
};

// Makes `rows` x `columns` pixels of `from`, which is padded: leaky(sum of 3 x 3 pixels, each times
// its weights, + shift). `weights` is [3, 3, channels].
using DepthwiseKernel = void (*)(const void* from, void* to, std::size_t rows, std::size_t columns,
                                 const float* weights, const float* shift, float slope,
                                 const DepthwiseLayout& layout);

struct DepthwiseKernels {
  DepthwiseKernel of_float;
  DepthwiseKernel of_bfloat16;
};

// The fastest that this processor can run. Thread safe.
DepthwiseKernel depthwise_kernel(Element element);

}  // namespace stylize::strips
