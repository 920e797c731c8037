// Weights in the precision that a network runs in.
#pragma once

#include <span>
#include <string_view>

#include <torch/script.h>

#include "exact_vectors.h"

namespace stylize {

// Converts parameters and buffers in place, channels-last; those whose names begin with one of
// `fp32_prefixes` become float, integers (indices) stay. Returns the vectors that lost something.
ExactVectors convert_weights(const torch::jit::Module& module, at::ScalarType type,
                             std::span<const std::string_view> fp32_prefixes = {});

}  // namespace stylize
