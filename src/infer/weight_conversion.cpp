#include "weight_conversion.h"

#include <algorithm>
#include <string>

namespace stylize {
namespace {

void convert(const at::Tensor& tensor, at::ScalarType type, ExactVectors& exact) {
  if (!tensor.is_floating_point()) {
    return;
  }
  const at::Tensor before = tensor.detach();
  const at::Tensor converted = before.to(type);
  tensor.set_data(tensor.dim() == 4 ? converted.contiguous(at::MemoryFormat::ChannelsLast)
                                    : converted);
  if (before.dim() == 1 && before.scalar_type() != type && type != at::kFloat) {
    exact.add(tensor, before.to(at::kFloat));
  }
}

}  // namespace

ExactVectors convert_weights(const torch::jit::Module& module, at::ScalarType type,
                             std::span<const std::string_view> fp32_prefixes) {
  const auto type_of = [&](const std::string& name) {
    const bool kept =
        std::any_of(fp32_prefixes.begin(), fp32_prefixes.end(),
                    [&](std::string_view prefix) { return name.starts_with(prefix); });
    return kept ? at::kFloat : type;
  };
  ExactVectors exact;
  for (const auto& parameter : module.named_parameters()) {
    convert(parameter.value, type_of(parameter.name), exact);
  }
  for (const auto& buffer : module.named_buffers()) {
    convert(buffer.value, type_of(buffer.name), exact);
  }
  return exact;
}

}  // namespace stylize
