#include "direct.h"

#include <ATen/ops/stack.h>

#include <algorithm>
#include <vector>

#include "direct_kernels.h"

namespace stylize::strips {
namespace {

constexpr auto kChannels = static_cast<std::int64_t>(kPanel);

bool is_wide(std::int64_t channels) { return channels >= kChannels; }

// Whose weights stay in the second cache beside the pixels; where that is not all, panels take
// turns to make all rows.
std::size_t panels_in_turn(const DirectLayout& layout) {
  constexpr std::size_t kKeptBytes = 512U << 10U;
  constexpr std::size_t kFewest = 2;  // that are made together
  const std::size_t bytes = layout.rows * layout.run * kPanel * sizeof(float);
  return std::max(kKeptBytes / bytes / kFewest * kFewest, kFewest);
}

DirectLayout layout_of(const Strip& input, const Convolution& convolution) {
  const auto channels = static_cast<std::size_t>(input.shape.channels);
  return {.run = static_cast<std::size_t>(convolution.weight.size(3)) * channels,
          .rows = static_cast<std::size_t>(convolution.weight.size(2)),
          .row_in = static_cast<std::ptrdiff_t>(input.shape.width * input.shape.channels),
          .step = static_cast<std::size_t>(convolution.stride[1]) * channels,
          .channels = static_cast<std::size_t>(convolution.weight.size(0))};
}

}  // namespace

bool suits_direct(const Convolution& convolution) {
  const at::Tensor& weight = convolution.weight;
  const bool fills_vectors = weight.size(1) * weight.size(3) >= kChannels;
  const bool is_product = convolution.reach(0) == 1 && convolution.reach(1) == 1;
  return convolution.groups == 1 && are_ones(convolution.dilation) &&
         (is_wide(weight.size(0)) || fills_vectors || is_product);
}

at::Tensor panels_of(const at::Tensor& weights) {
  const std::int64_t channels = weights.size(1);
  std::vector<at::Tensor> panels;
  for (std::int64_t c = 0; c < channels; c += kChannels) {
    panels.push_back(weights.narrow(1, std::min(c, channels - kChannels), kChannels));
  }
  return at::stack(panels);
}

at::Tensor direct_weights(const at::Tensor& weight) {
  const at::Tensor by_place = weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1});
  return is_wide(weight.size(0)) ? panels_of(by_place.t()) : by_place.contiguous();
}

void convolve_direct(const Strip& input, const Factors& factors, const Convolution& convolution,
                     const Target& output) {
  const DirectLayout layout = layout_of(input, convolution);
  const float* const shift =
      factors.shift.defined() ? factors.shift.const_data_ptr<float>() : nullptr;
  const auto row_at = [&](std::int64_t y) {
    const auto down = static_cast<std::size_t>(y);
    const auto* const from = reinterpret_cast<const float*>(input.data);
    return DirectRow{.from = from + y * convolution.stride[0] * layout.row_in,
                     .to = reinterpret_cast<float*>(output.data + down * output.stride),
                     .pixels = static_cast<std::size_t>(output.shape.width),
                     .weights = factors.weights.const_data_ptr<float>(),
                     .shift = shift,
                     .added = reinterpret_cast<const float*>(output.added_row(y)),
                     .slope = convolution.slope.value_or(1.0F)};
  };
  const DirectKernels& kernels = direct_kernels();
  if (!is_wide(output.shape.channels)) {
    for (std::int64_t y = 0; y < output.shape.height; ++y) {
      kernels.narrow(row_at(y), layout);
    }
    return;
  }
  const std::size_t panels = panel_count(layout.channels);
  const std::size_t together = panels_in_turn(layout);
  for (std::size_t first = 0; first < panels; first += together) {
    for (std::int64_t y = 0; y < output.shape.height; ++y) {
      kernels.wide(row_at(y), layout, first, std::min(panels, first + together));
    }
  }
}

}  // namespace stylize::strips
