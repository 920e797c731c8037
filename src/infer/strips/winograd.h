// Convolutions by Winograd's minimal filtering: a quarter of the multiplications of 3x3 ones, a
// third of those of 7x7 ones.
#pragma once

#include <ATen/core/Tensor.h>

#include "convolution.h"
#include "scratch.h"

namespace stylize::strips {

// Whether it can be computed so, and gains: 3 x 3 or 7 x 7, stride 1, one group, 24 channels or
// more on both sides. In float; the error is up to twice that of a direct 3x3 convolution, and less
// than that of a 7x7 one.
bool suits_winograd(const Convolution& convolution);

// G g transpose(G) of each kernel's parts g, in panels (direct.h): [36, panels, parts * in,
// kPanel].
at::Tensor winograd_weights(const at::Tensor& weight);

// Weights as above. Throws c10::Error, std::bad_alloc.
void convolve_winograd(const Strip& input, const Factors& factors, const Convolution& convolution,
                       const Target& output, Scratch& scratch);

}  // namespace stylize::strips
