#include "convolution.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/from_blob.h>

#include <array>
#include <bit>
#include <utility>

#include "depthwise.h"
#include "direct.h"
#include "matrix.h"
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

void add_rows(const Target& output, Element element) {
  const auto values = static_cast<std::size_t>(output.shape.width * output.shape.channels);
  for (std::int64_t y = 0; output.added != nullptr && y < output.shape.height; ++y) {
    row_kernels(element).add(output.added_row(y),
                             output.data + static_cast<std::size_t>(y) * output.stride, values);
  }
}

std::size_t count_of(const MapShape& shape) {
  return static_cast<std::size_t>(shape.channels * shape.height * shape.width);
}

// A float is nearly the sum of two bfloat16: its upper half, and what that leaves. They lie one
// behind the other, as two channels.
void write_parts(const float* from, std::uint32_t* to, std::size_t count) {
  constexpr std::uint32_t kUpper = 0xFFFF0000U;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(from[i]);
    const float rest = from[i] - std::bit_cast<float>(bits & kUpper);
    to[i] = (bits >> 16U) | (std::bit_cast<std::uint32_t>(rest) & kUpper);
  }
}

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

Element element_of(const MapShape& shape, Element own) {
  constexpr std::int64_t kMostOfPicture = 4;  // with an alpha channel
  return shape.channels <= kMostOfPicture ? Element::kFloat : own;
}

std::uint32_t version_of(const at::Tensor& weight) {
  return !weight.defined() || weight.is_inference() ? 0
                                                    : static_cast<std::uint32_t>(weight._version());
}

at::Tensor tensor_of(const Target& target, Element element) {
  const auto [channels, height, width] = target.shape;
  const auto apart = static_cast<std::int64_t>(target.stride / size_of(element));
  return at::from_blob(target.data, {1, channels, height, width},
                       {height * apart, 1, apart, channels}, type_of(element));
}

at::Tensor tensor_of(const Strip& strip, Element element) {
  const auto row = static_cast<std::size_t>(strip.shape.width * strip.shape.channels);
  return tensor_of(
      Target{.data = strip.data, .shape = strip.shape, .stride = row * size_of(element)}, element);
}

// Weights of every run's own are not worth another order, but those of depthwise ones, which are
// few.
ConvolutionRunner::Kind ConvolutionRunner::kind_of(const Convolution& convolution) const {
  if (suits_depthwise(convolution)) {
    return Kind::kDepthwise;
  }
  if (!convolution.is_fixed) {
    return Kind::kOther;
  }
  if (element_ == Element::kBfloat16) {
    return suits_matrix(convolution) ? Kind::kMatrix : Kind::kOther;
  }
  if (suits_winograd(convolution)) {
    return Kind::kWinograd;
  }
  return suits_direct(convolution) ? Kind::kDirect : Kind::kOther;
}

bool ConvolutionRunner::makes_rows_alone(const Convolution& convolution) const {
  const Kind kind = kind_of(convolution);
  return kind == Kind::kDirect || kind == Kind::kDepthwise || kind == Kind::kMatrix;
}

bool ConvolutionRunner::is_quick_to_call() const {
  return element_ == Element::kFloat || has_matrix_units();
}

bool ConvolutionRunner::Prepared::is_for(const Convolution& convolution) const {
  return weights.defined() && version == version_of(convolution.weight) &&
         stride == convolution.stride && dilation == convolution.dilation &&
         groups == convolution.groups;
}

bool ConvolutionRunner::Prepared::has_shift_of(const at::Tensor& other) const {
  return bias.is_same(other) && bias_version == version_of(other);
}

at::Tensor ConvolutionRunner::weights_of(const Convolution& convolution,
                                         const MapShape& input) const {
  switch (kind_of(convolution)) {
    case Kind::kWinograd: return winograd_weights(convolution.weight);
    case Kind::kDirect: return direct_weights(convolution.weight);
    case Kind::kDepthwise: return depthwise_weights(convolution.weight);
    case Kind::kMatrix: return matrix_weights(convolution);
    case Kind::kOther: break;
  }
  return call(reorder_operator(), {convolution.weight, list(kNoPadding), list(convolution.stride),
                                   list(convolution.dilation), convolution.groups,
                                   list({1, input.channels, input.height, input.width})});
}

at::Tensor ConvolutionRunner::shift_of(const Convolution& convolution) const {
  switch (kind_of(convolution)) {
    case Kind::kDepthwise: return depthwise_shift(convolution);
    case Kind::kMatrix: return matrix_shift(convolution);
    case Kind::kOther: return {};
    case Kind::kWinograd:
    case Kind::kDirect: break;
  }
  return convolution.bias.defined() ? convolution.bias.contiguous() : at::Tensor();
}

// oneDNN chooses the order by the size of what the weights are used on; strips of one layer differ
// too little to matter.
Factors ConvolutionRunner::prepared(const Convolution& convolution, const MapShape& input) {
  if (!convolution.is_fixed) {
    return {weights_of(convolution, input), shift_of(convolution)};
  }
  const std::lock_guard lock(mutex_);  // the other threads need it, too
  Prepared& prepared = prepared_[convolution.weight.unsafeGetTensorImpl()];
  if (!prepared.is_for(convolution)) {
    prepared = {.original = convolution.weight,
                .version = version_of(convolution.weight),
                .stride = convolution.stride,
                .dilation = convolution.dilation,
                .groups = convolution.groups,
                .weights = weights_of(convolution, input),
                .bias = convolution.bias,
                .bias_version = version_of(convolution.bias),
                .shift = shift_of(convolution)};
  }
  if (!convolution.has_fixed_bias) {
    return {prepared.weights, shift_of(convolution)};
  }
  if (!prepared.has_shift_of(convolution.bias)) {
    prepared.shift = shift_of(convolution);
    prepared.bias = convolution.bias;
    prepared.bias_version = version_of(convolution.bias);
  }
  return {prepared.weights, prepared.shift};
}

void ConvolutionRunner::convolve(const Strip& input, const at::Tensor& weights,
                                 const Convolution& convolution, const Target& output) const {
  c10::List<std::optional<at::Scalar>> scalars;
  if (convolution.slope) {
    scalars.push_back(at::Scalar(*convolution.slope));
  }
  const c10::IValue bias =
      convolution.bias.defined() ? c10::IValue(convolution.bias) : c10::IValue();
  const char* const after = convolution.slope ? "leaky_relu" : "none";
  const at::Tensor result =
      call(convolution_operator(),
           {tensor_of(input, element_), weights, bias, list(kNoPadding), list(convolution.stride),
            list(convolution.dilation), convolution.groups, after, scalars, c10::IValue()});
  tensor_of(output, element_).copy_(result);
}

// In this run's own numbers.
void ConvolutionRunner::run_own(const Strip& input, const Convolution& convolution,
                                const Target& output, Scratch& scratch) {
  const Factors factors = prepared(convolution, input.shape);
  switch (kind_of(convolution)) {
    case Kind::kDirect:
      convolve_direct(input, factors, convolution, output);
      return;  // it adds by itself
    case Kind::kMatrix:
      convolve_matrix(input, factors, convolution, output, scratch);
      return;  // as well
    case Kind::kWinograd: convolve_winograd(input, factors, convolution, output, scratch); break;
    case Kind::kDepthwise: convolve_depthwise(input, factors, convolution, output, element_); break;
    case Kind::kOther: convolve(input, factors.weights, convolution, output); break;
  }
  add_rows(output, element_);
}

// The same convolution of an input whose channels come in two parts.
Convolution ConvolutionRunner::of_parts(const Convolution& convolution) {
  Convolution copy = convolution;
  const std::lock_guard lock(mutex_);
  Parts& parts = parts_[convolution.weight.unsafeGetTensorImpl()];
  if (!parts.weight.defined() || parts.version != version_of(convolution.weight)) {
    if (parts.weight.defined()) {
      prepared_.erase(parts.weight.unsafeGetTensorImpl());
    }
    parts = {convolution.weight, version_of(convolution.weight),
             convolution.weight.repeat_interleave(2, 1)};
  }
  copy.weight = parts.weight;
  return copy;
}

void ConvolutionRunner::run(const Strip& input, const Convolution& convolution,
                            const Target& output, Scratch& scratch) {
  if (element_of(input.shape, element_) == element_) {
    run_from_own(input, convolution, output, scratch);
    return;
  }
  const bool has_parts = convolution.groups == 1 && convolution.is_fixed;
  Strip own{nullptr, input.shape, kScratchRoom};
  own.shape.channels *= has_parts ? 2 : 1;
  const Scratch::Block block(scratch, count_of(own.shape) * size_of(element_));
  own.data = block.data();
  if (has_parts) {
    write_parts(reinterpret_cast<const float*>(input.data),
                reinterpret_cast<std::uint32_t*>(own.data), count_of(input.shape));
    run_from_own(own, of_parts(convolution), output, scratch);
  } else {
    tensor_of(own, element_).copy_(tensor_of(input, Element::kFloat));
    run_from_own(own, convolution, output, scratch);
  }
}

void ConvolutionRunner::run_from_own(const Strip& input, const Convolution& convolution,
                                     const Target& output, Scratch& scratch) {
  if (element_of(output.shape, element_) == element_) {
    run_own(input, convolution, output, scratch);
    return;
  }
  const Scratch::Block block(scratch, count_of(output.shape) * size_of(element_));
  const Target own{
      .data = block.data(),
      .shape = output.shape,
      .stride = count_of({output.shape.channels, 1, output.shape.width}) * size_of(element_)};
  run_own(input, convolution, own, scratch);
  tensor_of(output, Element::kFloat).copy_(tensor_of(own, element_));
  add_rows(output, Element::kFloat);
}

}  // namespace stylize::strips
