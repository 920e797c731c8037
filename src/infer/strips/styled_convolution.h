// Layers of StyleGAN2's synthesis for one picture in float, strip by strip where that pays.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <unordered_map>

#include "doubling.h"
#include "workers.h"

namespace stylize::strips {

// leaky(d * convolve(s * input, weight) + bias + noise), which doubles the sides where there is a
// filter (Karras et al.: Analyzing and Improving the Image Quality of StyleGAN, 2020, section 2.2
// and appendix B). All in float.
struct StyledConvolution {
  at::Tensor input;   // [1, in, height, width]
  at::Tensor weight;  // [1, out, in, 3, 3], the network's own
  at::Tensor style;   // s, [1, in]
  at::Tensor gain;    // d, [1, out]
  at::Tensor bias;    // [out]
  at::Tensor noise;   // [1, 1, height or 2 height, ...]
  at::Tensor filter;  // [4, 4], behind a transposed convolution of stride 2; undefined: neither
  double slope = 1.0;
};

// One run at a time: keeps what it makes of the weights, which must stay as they are.
class StyledRunner {
 public:
  // Throws Error kModelInvalid where shapes or types do not fit, std::bad_alloc, and c10::Error.
  at::Tensor run(const StyledConvolution& layer);

  // Sums of squares of each kernel, [out, in], of a weight as above.
  const at::Tensor& energy(const at::Tensor& weight);

 private:
  struct Prepared {
    at::Tensor original;  // kept, so that its address stays its own
    std::uint32_t version = 0;
    at::Tensor products;  // what Winograd's products are made with
    at::Tensor doubling;  // the same where the picture is doubled
    at::Tensor energy;
  };

  Prepared& prepared_of(const at::Tensor& weight);
  void convolve(const StyledConvolution& layer, at::Tensor& output);
  void enlarge(const StyledConvolution& layer, const SmoothTaps& taps, at::Tensor& output);

  std::unordered_map<const void*, Prepared> prepared_;  // by weight
  Workers workers_;
};

}  // namespace stylize::strips
