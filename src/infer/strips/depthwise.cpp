#include "depthwise.h"

#include <ATen/ops/zeros.h>

#include <vector>

#include "depthwise_kernels.h"

namespace stylize::strips {

bool suits_depthwise(const Convolution& convolution) {
  constexpr auto kSide = static_cast<std::int64_t>(kDepthwiseSide);
  constexpr auto kFewestChannels = static_cast<std::int64_t>(kFewestDepthwiseChannels);
  const at::Tensor& weight = convolution.weight;
  const std::int64_t channels = weight.size(0);
  const std::vector<std::int64_t>& stride = convolution.stride;
  return convolution.groups == channels && weight.size(1) == 1 && channels >= kFewestChannels &&
         weight.size(2) == kSide && weight.size(3) == kSide && stride[0] == stride[1] &&
         stride[0] <= 2 && convolution.reach(0) == kSide && convolution.reach(1) == kSide;
}

at::Tensor depthwise_weights(const at::Tensor& weight) {
  return weight.reshape({weight.size(0), -1}).to(at::kFloat).t().contiguous();
}

at::Tensor depthwise_shift(const Convolution& convolution) {
  return convolution.bias.defined() ? convolution.bias.to(at::kFloat).contiguous()
                                    : at::zeros({convolution.weight.size(0)}, at::kFloat);
}

void convolve_depthwise(const Strip& input, const Factors& factors, const Convolution& convolution,
                        const Target& output, Element element) {
  const auto channels = static_cast<std::size_t>(output.shape.channels);
  const auto rows = static_cast<std::size_t>(output.shape.height);
  const auto columns = static_cast<std::size_t>(output.shape.width);
  const DepthwiseLayout layout{channels, static_cast<std::size_t>(convolution.stride[0]),
                               static_cast<std::size_t>(input.shape.width) * channels,
                               output.stride / size_of(element)};
  depthwise_kernel(element)(
      input.data, output.data, rows, columns, factors.weights.const_data_ptr<float>(),
      factors.shift.const_data_ptr<float>(), convolution.slope.value_or(1.0F), layout);
}

}  // namespace stylize::strips
