#include "convolution.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <array>
#include <utility>

#include "depthwise.h"
#include "winograd.h"

namespace stylize::strips {
namespace {

// Not in ATen's headers, but in its table of operators.
const c10::OperatorHandle& reorder_operator() {
  static const c10::OperatorHandle kOperation =
      c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_reorder_convolution_weight", "");
  return kOperation;
}

const c10::OperatorHandle& convolution_operator() {
  static const c10::OperatorHandle kOperation =
      c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_convolution_pointwise", "");
  return kOperation;
}

c10::List<std::int64_t> list(at::IntArrayRef values) { return c10::List<std::int64_t>(values); }

at::Tensor call(const c10::OperatorHandle& operation, c10::Stack stack) {
  operation.callBoxed(stack);
  return std::move(stack.front()).toTensor();
}

constexpr std::array<std::int64_t, 2> kNoPadding{0, 0};

}  // namespace

std::int64_t Convolution::reach(std::size_t axis) const {
  return (weight.size(static_cast<std::int64_t>(axis) + 2) - 1) * dilation[axis] + 1;
}

MapShape shape_after(const MapShape& input, const Convolution& convolution) {
  const auto length = [&](std::int64_t from, std::size_t axis) {
    return (from - convolution.reach(axis)) / convolution.stride[axis] + 1;
  };
  return {convolution.weight.size(0), length(input.height, 0), length(input.width, 1)};
}

at::ScalarType type_of(Element element) {
  return element == Element::kFloat ? at::kFloat : at::kBFloat16;
}

std::uint32_t version_of(const at::Tensor& weight) {
  return weight.is_inference() ? 0 : static_cast<std::uint32_t>(weight._version());
}

at::Tensor tensor_of(const Strip& strip, Element element) {
  const auto [channels, height, width] = strip.shape;
  return at::from_blob(strip.data, {1, channels, height, width},
                       {height * width * channels, 1, width * channels, channels},
                       type_of(element));
}

// Calls to oneDNN cost tens of microseconds through LibTorch, those to BLAS next to nothing; in
// bfloat16 both go to oneDNN.
bool ConvolutionRunner::is_product(const Convolution& convolution) const {
  return element_ == Element::kFloat && convolution.groups == 1 && convolution.reach(0) == 1 &&
         convolution.reach(1) == 1 && convolution.stride[0] == 1 && convolution.stride[1] == 1;
}

// Weights of every run's own are not worth the transform.
bool ConvolutionRunner::is_winograd(const Convolution& convolution) const {
  return element_ == Element::kFloat && convolution.is_fixed && suits_winograd(convolution);
}

bool ConvolutionRunner::Prepared::is_for(const Convolution& convolution) const {
  return version == version_of(convolution.weight) && stride == convolution.stride &&
         dilation == convolution.dilation && groups == convolution.groups;
}

at::Tensor ConvolutionRunner::prepare(const Convolution& convolution, const MapShape& input) const {
  if (is_product(convolution)) {
    return convolution.weight.reshape({convolution.weight.size(0), -1}).t().contiguous();
  }
  if (is_winograd(convolution)) {
    return winograd_weights(convolution.weight);
  }
  if (suits_depthwise(convolution)) {
    return depthwise_weights(convolution.weight);
  }
  return call(reorder_operator(), {convolution.weight, list(kNoPadding), list(convolution.stride),
                                   list(convolution.dilation), convolution.groups,
                                   list({1, input.channels, input.height, input.width})});
}

// oneDNN chooses the order by the size of what the weights are used on; strips of one layer differ
// too little to matter.
at::Tensor ConvolutionRunner::prepared(const Convolution& convolution, const MapShape& input) {
  if (!convolution.is_fixed) {
    return prepare(convolution, input);
  }
  const void* const key = convolution.weight.unsafeGetTensorImpl();
  const std::lock_guard lock(mutex_);  // the other threads need it, too
  const auto found = prepared_.find(key);
  if (found != prepared_.end() && found->second.is_for(convolution)) {
    return found->second.values;
  }
  at::Tensor values = prepare(convolution, input);
  prepared_.insert_or_assign(
      key, Prepared{convolution.weight, version_of(convolution.weight), convolution.stride,
                    convolution.dilation, convolution.groups, values});
  return values;
}

// Each pixel's channels times the weights: a product of matrices.
void ConvolutionRunner::multiply(const Strip& input, const Convolution& convolution,
                                 const Strip& output) {
  const std::int64_t pixels = input.shape.height * input.shape.width;
  const std::int64_t channels = output.shape.channels;
  at::Tensor to = at::from_blob(output.data, {pixels, channels}, at::kFloat);
  at::mm_out(to, at::from_blob(input.data, {pixels, input.shape.channels}, at::kFloat),
             prepared(convolution, input.shape));
  if (!convolution.bias.defined() && !convolution.slope) {
    return;
  }
  const auto count = static_cast<std::size_t>(channels);
  const std::vector<float> ones(count, 1.0F);
  std::vector<float> shift(count, 0.0F);
  if (convolution.bias.defined()) {
    std::copy_n(convolution.bias.contiguous().const_data_ptr<float>(), count, shift.begin());
  }
  row_kernels(element_).activate(output.data, output.data, static_cast<std::size_t>(pixels), count,
                                 ones.data(), shift.data(), convolution.slope.value_or(1.0F));
}

void ConvolutionRunner::convolve(const Strip& input, const Convolution& convolution,
                                 const Strip& output) {
  c10::List<std::optional<at::Scalar>> scalars;
  if (convolution.slope) {
    scalars.push_back(at::Scalar(*convolution.slope));
  }
  const c10::IValue bias =
      convolution.bias.defined() ? c10::IValue(convolution.bias) : c10::IValue();
  const char* const after = convolution.slope ? "leaky_relu" : "none";
  const at::Tensor result =
      call(convolution_operator(),
           {tensor_of(input, element_), prepared(convolution, input.shape), bias, list(kNoPadding),
            list(convolution.stride), list(convolution.dilation), convolution.groups, after,
            scalars, c10::IValue()});
  tensor_of(output, element_).copy_(result);
}

void ConvolutionRunner::run(const Strip& input, const Convolution& convolution, const Strip& output,
                            Scratch& scratch) {
  if (is_product(convolution)) {
    multiply(input, convolution, output);
  } else if (is_winograd(convolution)) {
    convolve_winograd(input, prepared(convolution, input.shape), convolution, output, scratch);
  } else if (suits_depthwise(convolution)) {
    convolve_depthwise(input, prepared(convolution, input.shape), convolution, output, element_);
  } else {
    convolve(input, convolution, output);
  }
}

}  // namespace stylize::strips
