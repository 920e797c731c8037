// Transposed 3x3 convolutions of stride 2 with a smoothing filter behind them, as StyleGAN2 doubles
// the sides of feature maps: band by band, so that what is between the two stays in the caches.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "row_reader.h"

namespace stylize::strips {

// Taps along each axis, as they are multiplied with what lies there from left to right.
struct SmoothTaps {
  std::array<float, 4> down{};
  std::array<float, 4> across{};
};

// Of a convolution's filter [4, 4] in float; nothing where it is no outer product.
std::optional<SmoothTaps> smooth_taps(const at::Tensor& filter);

// For the kernels [out, in, 3, 3] of the convolution: [36, in, out].
at::Tensor doubling_weights(const at::Tensor& weight);

// leaky(gain * smooth(transposed(style * input)) + bias + noise), see styled_convolution.h. All
// contiguous, maps channels-last.
struct Doubling {
  MapShape shape;             // of the input; sides and channels as suits_doubling says
  std::int64_t channels = 0;  // of the output
  const float* input = nullptr;
  const float* style = nullptr;
  const float* gain = nullptr;
  const float* bias = nullptr;
  const float* noise = nullptr;
  float* output = nullptr;
  float slope = 1.0F;
  SmoothTaps taps;
  at::Tensor weights;  // as above
};

// Whether sides and channels are multiples of what the kernels need.
bool suits_doubling(const MapShape& input, std::int64_t channels);

// Bands of about the same size, at most `most`, which can be computed in any order.
std::int64_t bands_of(const Doubling& doubling, std::int64_t most);

// One of `bands`. Throws c10::Error, std::bad_alloc.
void run_band(const Doubling& doubling, std::int64_t band, std::int64_t bands, Scratch& scratch);

}  // namespace stylize::strips
