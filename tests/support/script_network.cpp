#include "script_network.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>

#include "src/infer/strips/strip_network.h"
#include "src/infer/weight_conversion.h"

namespace stylize::test {
namespace {

constexpr std::uint64_t kSeed = 7;

at::Tensor to_tensor(const ScriptPicture& picture) {
  return at::tensor(picture.values)
      .view({1, 3, picture.height, picture.width})
      .contiguous(at::MemoryFormat::ChannelsLast);
}

std::vector<float> to_vector(const at::Tensor& tensor) {
  const at::Tensor values = tensor.to(at::kFloat).contiguous();
  return {values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel()};
}

void convert(torch::jit::Module& module, at::ScalarType type) {
  for (const auto& parameter : module.named_parameters()) {
    parameter.value.set_data(parameter.value.to(type));
  }
}

}  // namespace

struct ScriptNetwork::Impl {
  torch::jit::Module module{"network"};
  at::ScalarType type = at::kFloat;
  ExactVectors exact;
  std::optional<strips::ScriptWalk> walk;
  std::optional<strips::StripNetwork> limited;

  // [1, 3, height, width] to what comes out.
  at::Tensor run(const at::Tensor& picture) {
    const at::Tensor rows = picture.permute({0, 2, 3, 1}).contiguous();
    walk->features().compute_at_once();
    const strips::MapPtr result =
        walk->run(strips::make_given({3, picture.size(2), picture.size(3)}, reader(rows)));
    const auto [channels, height, width] = result->shape;
    const at::Tensor out = at::empty({1, height, width, channels}, at::kFloat);
    walk->features().write(result, SIZE_MAX, writer(out));
    return out.permute({0, 3, 1, 2});
  }

  // The tensors must stay.
  static ReadRows reader(const at::Tensor& rows) {
    return [data = rows.const_data_ptr<float>(), row = rows.stride(1)](
               std::int64_t first, std::int64_t count, float* to) {
      std::copy_n(data + first * row, count * row, to);
    };
  }

  static WriteRows writer(const at::Tensor& rows) {
    return [data = rows.mutable_data_ptr<float>(), row = rows.stride(1)](
               std::int64_t first, std::int64_t count, const float* from) {
      std::copy_n(from, count * row, data + first * row);
    };
  }
};

ScriptNetwork::ScriptNetwork(const Weights& weights, const std::string& forward)
    : impl_(std::make_unique<Impl>()) {
  const auto random = at::make_generator<at::CPUGeneratorImpl>(kSeed);
  for (const auto& [name, shape] : weights) {
    const at::Tensor normal = at::randn(shape, random);
    const std::int64_t seen = normal.numel() / shape.front();
    const at::Tensor values =
        shape.size() == 1 ? normal * 0.2 + 1.0 : normal / std::sqrt(static_cast<double>(seen));
    impl_->module.register_parameter(name, values, false);
  }
  impl_->module.define("def forward(self, x):\n" + forward);
  impl_->module.eval();
  impl_->walk.emplace(impl_->module, impl_->type);
}

ScriptNetwork::~ScriptNetwork() = default;
ScriptNetwork::ScriptNetwork(ScriptNetwork&&) noexcept = default;
ScriptNetwork& ScriptNetwork::operator=(ScriptNetwork&&) noexcept = default;

double ScriptNetwork::difference(std::int64_t height, std::int64_t width) {
  const c10::InferenceMode inference;
  const at::Tensor input = to_tensor(made_up_picture(height, width));
  const at::Tensor ours = impl_->run(input);
  const at::Tensor theirs = impl_->module.forward({input}).toTensor();
  if (ours.sizes() != theirs.sizes()) {
    throw std::logic_error("the shapes differ");
  }
  return (ours - theirs).abs().max().item<double>();
}

std::vector<float> ScriptNetwork::run(const ScriptPicture& picture, int threads) {
  const c10::InferenceMode inference;
  at::set_num_threads(threads);
  return to_vector(impl_->run(to_tensor(picture)));
}

std::vector<float> ScriptNetwork::exact(const ScriptPicture& picture) {
  const c10::InferenceMode inference;
  torch::jit::Module copy = impl_->module.deepcopy();
  convert(copy, at::kDouble);
  return to_vector(copy.forward({to_tensor(picture).to(at::kDouble)}).toTensor());
}

std::string ScriptNetwork::report() const { return strips::describe(impl_->walk->report()); }

std::vector<float> ScriptNetwork::run_limited(const ScriptPicture& picture,
                                              const RunLimits& limits) {
  const c10::InferenceMode inference;
  if (!impl_->limited) {
    impl_->limited.emplace(impl_->module, impl_->type, impl_->exact);
  }
  impl_->limited->limit(limits);
  const at::Tensor rows = to_tensor(picture).permute({0, 2, 3, 1}).contiguous();
  const at::Tensor result = at::empty_like(rows);
  const PictureRows ways{.read = Impl::reader(rows), .write = Impl::writer(result)};
  impl_->limited->run(picture.height, picture.width, ways);
  return to_vector(result.permute({0, 3, 1, 2}));
}

std::string ScriptNetwork::limited_report() const { return impl_->limited->describe(); }

void ScriptNetwork::use_bfloat16() {
  impl_->type = at::kBFloat16;
  impl_->walk.emplace(impl_->module, impl_->type);
  impl_->exact = convert_weights(impl_->module, impl_->type);
  impl_->walk->features().use(impl_->exact);
}

ScriptPicture made_up_picture(std::int64_t height, std::int64_t width, float mean) {
  ScriptPicture picture{height, width, {}};
  picture.values.resize(static_cast<std::size_t>(3 * height * width));
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    picture.values[i] = mean + 0.5F * static_cast<float>(std::sin(0.37 * static_cast<double>(i)));
  }
  return picture;
}

}  // namespace stylize::test
