// 3x3 convolutions by Winograd's minimal filtering: a quarter of the multiplications, as products
// of matrices.
#pragma once

#include <ATen/core/Tensor.h>

#include "convolution.h"
#include "row_reader.h"

namespace stylize::strips {

// Whether it can be computed so, and gains: 3 x 3, stride 1, one group, channels enough to make
// good products of. In float; its error is that of a direct convolution in float.
bool suits_winograd(const Convolution& convolution);

// G g transpose(G) of each kernel g: [36, in, out].
at::Tensor winograd_weights(const at::Tensor& weight);

// `weights` as above. Throws c10::Error, std::bad_alloc.
void convolve_winograd(const Strip& input, const at::Tensor& weights,
                       const Convolution& convolution, const Strip& output, Scratch& scratch);

}  // namespace stylize::strips
