// Convolutions in bfloat16 on a processor's matrix units.
#pragma once

#include <ATen/core/Tensor.h>

#include "convolution.h"

namespace stylize::strips {

// Of this processor. Thread safe.
bool has_matrix_units();

// Whether convolve_matrix takes it: one group, dilation 1, and a processor with such units.
bool suits_matrix(const Convolution& convolution);

// In the order of matrix_kernels.h, the weights in bfloat16.
at::Tensor matrix_weights(const Convolution& convolution);
at::Tensor matrix_shift(const Convolution& convolution);

// Factors as above. Sums are made in float and rounded once, with bias, rectifier and what is
// added. A value of the input that is no finite number may make the pixels beside those that see it
// no numbers, too. Throws c10::Error, std::bad_alloc.
void convolve_matrix(const Strip& input, const Factors& factors, const Convolution& convolution,
                     const Target& output, Scratch& scratch);

}  // namespace stylize::strips
