// Convolutions as they are written down: sums over what a pixel sees, for as many pixels and
// channels at once as registers hold. No copies, no memory besides the weights.
#pragma once

#include <ATen/core/Tensor.h>

#include "convolution.h"

namespace stylize::strips {

// Whether convolve_direct takes it: one group, dilation 1, and either kPanel channels or more that
// come out, or rows of the kernel that see as many values, or a kernel of one pixel. In float.
bool suits_direct(const Convolution& convolution);

// In the order of direct_kernels.h.
at::Tensor direct_weights(const at::Tensor& weight);

// Weights [values, out] in panels, the order of direct_kernels.h: [panels, values, kPanel]; `out`
// is kPanel or more.
at::Tensor panels_of(const at::Tensor& weights);

// Weights as above. Throws c10::Error, std::bad_alloc.
void convolve_direct(const Strip& input, const Factors& factors, const Convolution& convolution,
                     const Target& output);

}  // namespace stylize::strips
