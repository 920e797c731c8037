#include "pointwise.h"

#include <ATen/core/ivalue.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace stylize::strips {
namespace {

// None that changes its operand: strips may read it again.
const std::unordered_set<std::string_view>& names() {
  static const std::unordered_set<std::string_view> kNames{
      "aten::abs",  "aten::clamp_max", "aten::clamp_min",   "aten::div",       "aten::elu",
      "aten::exp",  "aten::gelu",      "aten::hardsigmoid", "aten::hardswish", "aten::hardtanh",
      "aten::mul",  "aten::neg",       "aten::relu6",       "aten::rsub",      "aten::sigmoid",
      "aten::silu", "aten::softplus",  "aten::sub",         "aten::tanh",
  };
  return kNames;
}

// A bound; `none` where it is None, nothing where it is a tensor.
std::optional<float> bound_at(const Operation& operation, std::size_t index, float none) {
  const auto* value = index < operation.operands.size()
                          ? std::get_if<c10::IValue>(&operation.operands[index])
                          : nullptr;
  if (value == nullptr || !(value->isNone() || value->isScalar())) {
    return std::nullopt;
  }
  return value->isNone() ? none : value->toScalar().to<float>();
}

}  // namespace

bool is_pointwise(c10::Symbol kind) { return names().contains(kind.toQualString()); }

std::optional<Slot> pointwise(Features& features, const Operation& operation) {
  const std::optional<MapPtr> map = features.map_of(operation.operands.front());
  std::vector<c10::IValue> others;
  for (std::size_t i = 1; i < operation.operands.size(); ++i) {
    const auto* value = std::get_if<c10::IValue>(&operation.operands[i]);
    if (value == nullptr || value->isTensor()) {
      return std::nullopt;
    }
    others.push_back(*value);
  }
  if (!map) {
    return std::nullopt;
  }
  return result(features, operation,
                make_pointwise(*map, [run = operation.node.getOperation(),
                                      others](const at::Tensor& values) mutable {
                  c10::Stack stack{values};
                  stack.insert(stack.end(), others.begin(), others.end());
                  run(stack);
                  return std::move(stack.front()).toTensor();
                }));
}

std::optional<Slot> clamp(Features& features, const Operation& operation) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::optional<float> low = bound_at(operation, 1, -kInfinity);
  const std::optional<float> high = bound_at(operation, 2, kInfinity);
  const std::optional<MapPtr> map = features.map_of(operation.operands.front());
  if (!map || !low || !high) {
    return std::nullopt;
  }
  return result(features, operation, make_clamped(*map, *low, *high));
}

}  // namespace stylize::strips
