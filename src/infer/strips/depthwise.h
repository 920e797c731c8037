// Depthwise 3x3 convolutions: one kernel a channel, so that there is nothing to make products of
// matrices of, and all time goes to memory and calls.
#pragma once

#include <ATen/core/Tensor.h>

#include "convolution.h"
#include "row_kernels.h"

namespace stylize::strips {

// Whether convolve_depthwise takes it: one channel in and out of each group, 3 x 3, dilation 1,
// stride 1 or 2.
bool suits_depthwise(const Convolution& convolution);

// [3, 3, channels], in float.
at::Tensor depthwise_weights(const at::Tensor& weight);
at::Tensor depthwise_shift(const Convolution& convolution);

// `factors` as above. The error is that of a sum of ten numbers in float. Throws c10::Error,
// std::bad_alloc.
void convolve_depthwise(const Strip& input, const Factors& factors, const Convolution& convolution,
                        const Target& output, Element element);

}  // namespace stylize::strips
