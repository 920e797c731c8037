#include "patterns.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "pointwise.h"

namespace stylize::strips {
namespace {

using Integers = std::vector<std::int64_t>;

const c10::IValue* value_at(const Operation& operation, std::size_t index) {
  return index < operation.operands.size() ? std::get_if<c10::IValue>(&operation.operands[index])
                                           : nullptr;
}

// An operand of two integers.
std::optional<Integers> pair_at(const Operation& operation, std::size_t index) {
  const c10::IValue* value = value_at(operation, index);
  if (value == nullptr || !value->isIntList() || value->toIntVector().size() != 2) {
    return std::nullopt;
  }
  return value->toIntVector();
}

std::optional<double> number_at(const Operation& operation, std::size_t index) {
  const c10::IValue* value = value_at(operation, index);
  return value != nullptr && value->isScalar() ? std::optional(value->toScalar().toDouble())
                                               : std::nullopt;
}

// Undefined (None), or as many numbers as there are channels.
bool is_vector(const Features& features, const at::Tensor& tensor, std::int64_t channels) {
  return !tensor.defined() ||
         (features.is_of_this_type(tensor) && tensor.dim() == 1 && tensor.numel() == channels);
}

bool is_of_network(const torch::jit::Value& value) {
  const auto kind = value.node()->kind();
  return kind == torch::jit::prim::GetAttr || kind == torch::jit::prim::Constant;
}

// Defined or undefined (None); nothing for all else.
std::optional<at::Tensor> tensor_at(const Operation& operation, std::size_t index) {
  const c10::IValue* value = value_at(operation, index);
  if (value == nullptr || !(value->isTensor() || value->isNone())) {
    return std::nullopt;
  }
  return value->isTensor() ? value->toTensor() : at::Tensor();
}

// What was changed in place goes on under its old name, too.
bool is_used_again(const torch::jit::Node& node) {
  std::int64_t uses = 0;
  const auto count = [&](const torch::jit::Value& value) {
    for (const torch::jit::Use& use : value.uses()) {
      const PatternEntry* entry = find_pattern(use.user->kind());
      if (node.isBefore(use.user) && (entry == nullptr || !entry->asks_shape)) {
        uses += use.user->owningBlock() == node.owningBlock() ? 1 : 2;
      }
    }
  };
  count(*node.output());
  if (find_pattern(node.kind())->is_in_place) {
    count(*node.input(0));
  }
  return uses > 1;
}

// Convolutions are not computed by each that reads what is made of them; all else is.
Slot stored_if_open(Features& features, const Operation& operation, MapPtr map) {
  return open_convolutions(*map) > 0 ? result(features, operation, std::move(map))
                                     : Slot(std::move(map));
}

// Models choose sizes; sums and products of sane ones stay within their types.
bool is_sane(const MapShape& shape) {
  constexpr std::int64_t kLongestSide = 1 << 24;
  constexpr std::int64_t kMostChannels = 1 << 16;
  constexpr std::int64_t kMostValues = std::int64_t{1} << 36;
  return shape.height > 0 && shape.width > 0 && shape.channels > 0 &&
         shape.height <= kLongestSide && shape.width <= kLongestSide &&
         shape.channels <= kMostChannels &&
         shape.height * shape.width <= kMostValues / shape.channels;
}

bool is_between(const Integers& values, std::int64_t least, std::int64_t most) {
  return std::all_of(values.begin(), values.end(),
                     [&](std::int64_t value) { return value >= least && value <= most; });
}

// What is not right is left to LibTorch, for its error.
bool is_sound(const MapShape& input, const Convolution& convolution) {
  constexpr std::int64_t kLargest = 1 << 12;
  const at::Tensor& weight = convolution.weight;
  return weight.dim() == 4 && is_between(weight.sizes().vec(), 1, 1 << 16) &&
         is_between(convolution.stride, 1, kLargest) &&
         is_between(convolution.dilation, 1, kLargest) && convolution.groups >= 1 &&
         convolution.groups <= weight.size(0) && weight.size(0) % convolution.groups == 0 &&
         input.channels == weight.size(1) * convolution.groups &&
         input.height >= convolution.reach(0) && input.width >= convolution.reach(1) &&
         is_sane(shape_after(input, convolution));
}

struct ConvolutionOperands {
  std::size_t stride = 3;
  std::size_t padding = 4;
  std::size_t dilation = 5;
  std::size_t groups = 6;
};

std::optional<Slot> convolved(Features& features, const Operation& operation,
                              const ConvolutionOperands& at) {
  const std::optional<at::Tensor> weight = tensor_at(operation, 1);
  const std::optional<at::Tensor> bias = tensor_at(operation, 2);
  const std::optional<Integers> stride = pair_at(operation, at.stride);
  const std::optional<Integers> padding = pair_at(operation, at.padding);
  const std::optional<Integers> dilation = pair_at(operation, at.dilation);
  const std::optional<double> groups = number_at(operation, at.groups);
  if (!weight || !bias || !stride || !padding || !dilation || !groups) {
    return std::nullopt;
  }
  constexpr std::int64_t kWidestPadding = 1 << 12;
  std::optional<MapPtr> input = features.map_of(operation.operands[0]);
  if (!input || !is_between(*padding, 0, kWidestPadding) || !features.is_of_this_type(*weight)) {
    return std::nullopt;
  }
  if ((*padding)[0] != 0 || (*padding)[1] != 0) {
    input = make_padded(
        {*input, PadMode::kZeros, (*padding)[0], (*padding)[0], (*padding)[1], (*padding)[1]});
  }
  Convolution convolution{
      .weight = *weight,
      .bias = features.exact(*bias),
      .stride = *stride,
      .dilation = *dilation,
      .groups = static_cast<std::int64_t>(*groups),
      .is_fixed = is_of_network(*operation.node.input(1)),
      .has_fixed_bias = !bias->defined() || is_of_network(*operation.node.input(2)),
      .slope = {}};
  if (!is_sound((*input)->shape, convolution) || !is_vector(features, *bias, weight->size(0))) {
    return std::nullopt;
  }
  MapPtr readable = features.readable(*input, convolution);
  return result(features, operation, make_convolved({std::move(readable), std::move(convolution)}));
}

// conv2d(input, weight, bias, stride, padding, dilation, groups)
std::optional<Slot> conv2d(Features& features, const Operation& operation) {
  return convolved(features, operation, {});
}

// _convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups,
// …): what tracing leaves of conv2d.
std::optional<Slot> traced_convolution(Features& features, const Operation& operation) {
  constexpr std::size_t kTransposed = 6;
  constexpr std::size_t kGroups = 8;
  const c10::IValue* transposed = value_at(operation, kTransposed);
  if (transposed == nullptr || !transposed->isBool() || transposed->toBool()) {
    return std::nullopt;
  }
  return convolved(features, operation, {.groups = kGroups});
}

std::optional<Slot> padded(Features& features, const Operation& operation, PadMode mode) {
  const c10::IValue* sides = value_at(operation, 1);
  if (sides == nullptr || !sides->isIntList() || sides->toIntVector().size() != 4) {
    return std::nullopt;
  }
  constexpr std::int64_t kWidestPadding = 1 << 20;
  const Integers by = sides->toIntVector();  // left, right, top, bottom
  const std::optional<MapPtr> map = features.map_of(operation.operands[0]);
  if (!map || !is_between(by, 0, kWidestPadding)) {
    return std::nullopt;
  }
  const MapShape& shape = (*map)->shape;
  if (mode == PadMode::kReflect &&
      (std::max(by[0], by[1]) >= shape.width || std::max(by[2], by[3]) >= shape.height)) {
    return std::nullopt;  // an error, for LibTorch to throw
  }
  const MapPtr result = make_padded({*map, mode, by[2], by[3], by[0], by[1]});
  return is_sane(result->shape) ? std::optional(stored_if_open(features, operation, result))
                                : std::nullopt;
}

// pad(input, pad, mode, value)
std::optional<Slot> pad(Features& features, const Operation& operation) {
  constexpr std::size_t kMode = 2;
  constexpr std::size_t kValue = 3;
  const c10::IValue* mode = value_at(operation, kMode);
  if (mode == nullptr || !mode->isString()) {
    return std::nullopt;
  }
  if (mode->toStringRef() == "reflect") {
    return padded(features, operation, PadMode::kReflect);
  }
  if (mode->toStringRef() == "replicate") {
    return padded(features, operation, PadMode::kReplicate);
  }
  const bool is_zero = number_at(operation, kValue).value_or(0.0) == 0.0;
  return mode->toStringRef() == "constant" && is_zero ? padded(features, operation, PadMode::kZeros)
                                                      : std::nullopt;
}

std::optional<Slot> reflection_pad2d(Features& features, const Operation& operation) {
  return padded(features, operation, PadMode::kReflect);
}

std::optional<Slot> replication_pad2d(Features& features, const Operation& operation) {
  return padded(features, operation, PadMode::kReplicate);
}

// Wu, He: Group Normalization, 2018, with one group: y = (x - mean) / sqrt(variance + eps) * weight
// + bias, over all channels. group_norm(input, num_groups, weight, bias, eps, cudnn_enabled)
std::optional<Slot> group_norm(Features& features, const Operation& operation) {
  constexpr std::size_t kEps = 4;
  const std::optional<double> groups = number_at(operation, 1);
  const std::optional<at::Tensor> weight = tensor_at(operation, 2);
  const std::optional<at::Tensor> bias = tensor_at(operation, 3);
  const std::optional<double> eps = number_at(operation, kEps);
  if (groups != 1.0 || !weight || !bias || !eps) {
    return std::nullopt;
  }
  const std::optional<MapPtr> map = features.map_of(operation.operands[0]);
  if (!map || !is_vector(features, *weight, (*map)->shape.channels) ||
      !is_vector(features, *bias, (*map)->shape.channels)) {
    return std::nullopt;
  }
  const auto [stored, moments] = features.with_moments(*map);
  const auto channels = static_cast<std::size_t>(stored->shape.channels);
  const double factor = 1.0 / std::sqrt(moments.squares / moments.count + *eps);
  std::vector<float> scale(channels);
  std::vector<float> shift(channels);
  const auto exact = [&](const at::Tensor& vector) {
    return vector.defined() ? features.exact(vector).to(at::kDouble).contiguous() : vector;
  };
  const at::Tensor weights = exact(*weight);
  const at::Tensor biases = exact(*bias);
  for (std::size_t c = 0; c < channels; ++c) {
    const double gain = factor * (weights.defined() ? weights.const_data_ptr<double>()[c] : 1.0);
    scale[c] = static_cast<float>(gain);
    shift[c] = static_cast<float>((biases.defined() ? biases.const_data_ptr<double>()[c] : 0.0) -
                                  gain * moments.mean);
  }
  return make_activated(stored, std::move(scale), std::move(shift), 1.0F);
}

std::optional<Slot> rectified(Features& features, const Operation& operation, float slope) {
  const std::optional<MapPtr> map = features.map_of(operation.operands[0]);
  if (!map) {
    return std::nullopt;
  }
  if (const auto* open = std::get_if<Convolved>(&(*map)->how)) {
    Convolved copy = *open;
    if (!std::exchange(copy.convolution.slope, slope)) {
      return result(features, operation, make_convolved(std::move(copy)));
    }
  }
  const auto* activated = std::get_if<Activated>(&(*map)->how);
  if (activated != nullptr && activated->slope == 1.0F) {
    return stored_if_open(
        features, operation,
        make_activated(activated->source, activated->scale, activated->shift, slope));
  }
  return stored_if_open(features, operation, make_activated(*map, {}, {}, slope));
}

std::optional<Slot> leaky_relu(Features& features, const Operation& operation) {
  const std::optional<double> slope = number_at(operation, 1);
  return slope ? rectified(features, operation, static_cast<float>(*slope)) : std::nullopt;
}

std::optional<Slot> relu(Features& features, const Operation& operation) {
  return rectified(features, operation, 0.0F);
}

// add(first, second, alpha)
std::optional<Slot> add(Features& features, const Operation& operation) {
  if (operation.operands.size() != 3 || number_at(operation, 2) != 1.0) {
    return std::nullopt;
  }
  const std::optional<MapPtr> first = features.map_of(operation.operands[0]);
  const std::optional<MapPtr> second = features.map_of(operation.operands[1]);
  if (!first || !second || !((*first)->shape == (*second)->shape)) {
    return std::nullopt;
  }
  return result(features, operation, make_added(*first, *second));
}

std::optional<Slot> resized(Features& features, const Operation& operation, const Integers& size,
                            const std::vector<std::optional<double>>& factors) {
  const c10::IValue* aligned = value_at(operation, 2);
  const std::optional<MapPtr> map = features.map_of(operation.operands[0]);
  if (!map || aligned == nullptr || !aligned->isBool() ||
      !is_sane({(*map)->shape.channels, size[0], size[1]})) {
    return std::nullopt;
  }
  const auto step = [&](std::size_t axis) {
    const std::optional<double>& factor = factors[axis];
    return factor && *factor > 0.0 ? std::optional(1.0 / *factor) : std::nullopt;
  };
  return make_resized(features.closed(*map), size[0], size[1], aligned->toBool(), step(0), step(1));
}

// upsample_bilinear2d(input, output_size, align_corners, scales_h, scales_w), or .vec: (input,
// output_size or None, align_corners, scale_factors or None)
std::optional<Slot> upsample_bilinear2d(Features& features, const Operation& operation) {
  constexpr std::size_t kFactors = 3;
  constexpr std::size_t kOperandsOfVec = 4;
  const std::optional<Integers> size = pair_at(operation, 1);
  if (operation.operands.size() != kOperandsOfVec) {
    return size ? resized(features, operation, *size,
                          {number_at(operation, kFactors), number_at(operation, kFactors + 1)})
                : std::nullopt;
  }
  if (size) {
    return resized(features, operation, *size, {std::nullopt, std::nullopt});
  }
  const c10::IValue* factors = value_at(operation, kFactors);
  const std::optional<MapShape> from = shape_of(operation.operands[0]);
  if (factors == nullptr || !factors->isDoubleList() || factors->toDoubleVector().size() != 2 ||
      !from) {
    return std::nullopt;
  }
  const std::vector<double> by = factors->toDoubleVector();
  const auto length = [](std::int64_t side, double factor) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(side) * factor));
  };
  return resized(features, operation, {length(from->height, by[0]), length(from->width, by[1])},
                 {by[0], by[1]});
}

// size(tensor), size(tensor, dim)
std::optional<Slot> size(Features& /*features*/, const Operation& operation) {
  const std::optional<MapShape> shape = shape_of(operation.operands[0]);
  if (!shape) {
    return std::nullopt;
  }
  const Integers sizes{1, shape->channels, shape->height, shape->width};
  const std::optional<double> dim = number_at(operation, 1);
  if (!dim) {
    return c10::IValue(sizes);
  }
  const auto index = static_cast<std::int64_t>(*dim);
  const std::int64_t from_first = index < 0 ? index + 4 : index;
  return from_first >= 0 && from_first < 4
             ? std::optional<Slot>(c10::IValue(sizes[static_cast<std::size_t>(from_first)]))
             : std::nullopt;
}

std::optional<Slot> dim(Features& /*features*/, const Operation& operation) {
  constexpr std::int64_t kDimensions = 4;
  return shape_of(operation.operands[0]) ? std::optional<Slot>(c10::IValue(kDimensions))
                                         : std::nullopt;
}

}  // namespace

Slot result(Features& features, const Operation& operation, MapPtr map) {
  return is_used_again(operation.node) ? features.store(map) : std::move(map);
}

const PatternEntry* find_pattern(c10::Symbol kind) {
  static const std::unordered_map<std::string_view, PatternEntry> kPatterns{
      {"aten::conv2d", {.pattern = conv2d}},
      {"aten::_convolution", {.pattern = traced_convolution}},
      {"aten::pad", {.pattern = pad}},
      {"aten::reflection_pad2d", {.pattern = reflection_pad2d}},
      {"aten::replication_pad2d", {.pattern = replication_pad2d}},
      {"aten::group_norm", {.pattern = group_norm}},
      {"aten::leaky_relu", {.pattern = leaky_relu}},
      {"aten::leaky_relu_", {.pattern = leaky_relu, .is_in_place = true}},
      {"aten::relu", {.pattern = relu}},
      {"aten::relu_", {.pattern = relu, .is_in_place = true}},
      {"aten::clamp", {.pattern = clamp}},
      {"aten::add", {.pattern = add}},
      {"aten::add_", {.pattern = add, .is_in_place = true}},
      {"aten::upsample_bilinear2d", {.pattern = upsample_bilinear2d}},
      {"aten::size", {.pattern = size, .asks_shape = true}},
      {"aten::dim", {.pattern = dim, .asks_shape = true}},
  };
  static const PatternEntry kPointwise{.pattern = pointwise};
  const auto entry = kPatterns.find(kind.toQualString());
  if (entry == kPatterns.end()) {
    return is_pointwise(kind) ? &kPointwise : nullptr;
  }
  return &entry->second;
}

}  // namespace stylize::strips
