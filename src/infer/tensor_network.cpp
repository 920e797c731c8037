#include "stylize/infer/tensor_network.h"

#include <array>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "large_stack.h"
#include "module_loader.h"
#include "strips/script_walk.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "torch_errors.h"

namespace stylize {
namespace {

constexpr const char* kHint = "is this the file that its name says?";
constexpr const char* kMixHint = "the base must be the generator that the style was made from";
// Mapping networks of faces and styles, BlendGAN's style encoder, mean code, blending shares: the
// names of scripts/export/stylegan2.py and blendgan.py, whose methods expect it so.
constexpr std::array<std::string_view, 5> kFp32Parts = {"style.", "embedding.", "embedder.",
                                                        "latent_avg", "add_weight"};

at::Tensor to_tensor(const FloatTensor& numbers, c10::Device device) {
  // from_blob wants a mutable pointer; the copy to the device, or the clone, is all that is made.
  const at::Tensor view =
      at::from_blob(const_cast<float*>(numbers.values.data()), numbers.shape, at::kFloat);
  return device.is_cpu() ? view : view.to(device);
}

FloatTensor to_numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(c10::kCPU, at::kFloat).contiguous();
  FloatTensor numbers;
  numbers.shape = flat.sizes().vec();
  numbers.values.assign(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  return numbers;
}

struct ToValue {
  c10::Device device;

  c10::IValue operator()(const FloatTensor& tensor) const { return to_tensor(tensor, device); }
  c10::IValue operator()(std::int64_t number) const { return number; }
  c10::IValue operator()(double number) const { return number; }
  c10::IValue operator()(const std::vector<FloatTensor>& tensors) const {
    c10::List<at::Tensor> list;
    for (const FloatTensor& tensor : tensors) {
      list.push_back(to_tensor(tensor, device));
    }
    return list;
  }
};

}  // namespace

struct TensorNetwork::Impl {
  std::string path;
  LoadedModule loaded;

  FloatTensor run(const std::string& method, const std::vector<NetworkArgument>& arguments) {
    const c10::InferenceMode inference;
    std::vector<c10::IValue> values;
    values.reserve(arguments.size());
    for (const NetworkArgument& argument : arguments) {
      values.push_back(std::visit(ToValue{loaded.device}, argument));
    }
    const at::Tensor result = compute(method, std::move(values));
    if (!at::isfinite(result).all().item<bool>()) {
      throw Error(ErrorCode::kModelInvalid, path,
                  "'" + method + "' returns values that are no numbers", "try --precision fp32");
    }
    return to_numbers(result);
  }

  // The weights are about to change.
  void forget_strips() { strips_.clear(); }

 private:
  // Methods of networks with StyleGAN2's layers on the CPU in float, those of others empty.
  std::map<std::string, std::optional<strips::ScriptWalk>> strips_;

  // What fails in strips fails in LibTorch, too, which says why.
  at::Tensor compute(const std::string& method, std::vector<c10::IValue> values) {
    strips::ScriptWalk* const walk = is_single(values) ? walk_of(method) : nullptr;
    if (walk != nullptr) {
      try {
        return run_in_strips(*walk, method, values);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::kOutOfMemory) {
          throw;
        }
        log_info(path + ": not in strips: " + error.what());
        strips_[method].reset();  // and will not be, with these weights
      }
    }
    const c10::IValue result = run_method(loaded, path, method, std::move(values), kHint);
    if (!result.isTensor()) {
      throw Error(ErrorCode::kModelInvalid, path, "'" + method + "' returns no tensor", kHint);
    }
    return result.toTensor();
  }

  // One picture.
  static bool is_single(const std::vector<c10::IValue>& values) {
    const at::Tensor first =
        !values.empty() && values.front().isTensor() ? values.front().toTensor() : at::Tensor();
    return first.defined() && first.dim() > 0 && first.size(0) == 1;
  }

  // Null where LibTorch is as fast.
  strips::ScriptWalk* walk_of(const std::string& method) {
    if (!loaded.device.is_cpu() || loaded.type != at::kFloat) {
      return nullptr;
    }
    const auto [entry, is_new] = strips_.try_emplace(method);
    std::optional<strips::ScriptWalk>& walk = entry->second;
    if (is_new) {
      try {
        // Scripts may nest functions as deep as model_archive.h allows.
        run_with_stack(kScriptStack, [&] { walk.emplace(loaded.module, loaded.type, method); });
      } catch (const Error& error) {
        log_info(path + ": not in strips: " + error.what());
      } catch (const c10::Error& exception) {
        log_info(path + ": not in strips: " + exception.what_without_backtrace());
      }
      if (walk && walk->styled_layers() == 0) {
        walk.reset();
      }
    }
    return walk ? &*walk : nullptr;
  }

  at::Tensor run_in_strips(strips::ScriptWalk& walk, const std::string& method,
                           const std::vector<c10::IValue>& values) const {
    try {
      const bool is_first = walk.report().runs == 0;
      at::Tensor result = walk.run(values);
      if (is_first) {
        log_info(path + ": " + method + ": " + describe(walk.report()));
      }
      return result;
    } catch (const Error&) {
      throw;
    } catch (const std::exception& exception) {
      throw translate_torch_error(exception, ErrorCode::kModelInvalid, path,
                                  "the network failed to run", kHint);
    }
  }
};

TensorNetwork::TensorNetwork(const std::string& path, const Device& device, Precision precision)
    : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->loaded = load_module(path, device, precision, kFp32Parts);
}

TensorNetwork::~TensorNetwork() = default;
TensorNetwork::TensorNetwork(TensorNetwork&&) noexcept = default;
TensorNetwork& TensorNetwork::operator=(TensorNetwork&&) noexcept = default;

const std::string& TensorNetwork::metadata() const { return impl_->loaded.metadata; }

bool TensorNetwork::has_method(std::string_view name) const {
  return impl_->loaded.module.find_method(std::string(name)).has_value();
}

std::int64_t TensorNetwork::number(const std::string& name) const {
  const torch::jit::Module& module = impl_->loaded.module;
  // Constants of the class (Final in Python) are no attributes of the object.
  const auto& type = *module.type();
  c10::IValue value;
  if (const auto slot = type.findConstantSlot(name)) {
    value = type.getConstant(*slot);
  } else if (module.hasattr(name)) {
    value = module.attr(name);
  }
  if (value.isInt() || value.isBool()) {
    return value.isInt() ? value.toInt() : static_cast<std::int64_t>(value.toBool());
  }
  throw Error(ErrorCode::kModelInvalid, impl_->path, "it does not say its '" + name + "'", kHint);
}

FloatTensor TensorNetwork::call(const std::string& method,
                                const std::vector<NetworkArgument>& arguments) {
  if (!has_method(method)) {
    throw Error(ErrorCode::kModelInvalid, impl_->path, "it has no method '" + method + "'", kHint);
  }
  try {
    return impl_->run(method, arguments);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kOutOfMemory) {
      throw;
    }
  } catch (const std::exception& exception) {  // of copies to the device and back
    const Error error = translate_torch_error(exception, ErrorCode::kModelInvalid, impl_->path,
                                              "the network failed to run", kHint);
    if (error.code() != ErrorCode::kOutOfMemory) {
      throw Error(error);
    }
  }
  // The size of what it is given is fixed, so that --work-size helps as little as --max-size.
  throw Error(ErrorCode::kOutOfMemory, impl_->path, "the network ran out of memory",
              impl_->loaded.device.is_cpu() ? "end other programs" : "try --device cpu");
}

void TensorNetwork::mix_weights(const TensorNetwork& other, double share) {
  std::map<std::string, at::Tensor> theirs;
  for (const auto& parameter : other.impl_->loaded.module.named_parameters()) {
    theirs.emplace(parameter.name, parameter.value);
  }
  const auto own = impl_->loaded.module.named_parameters();
  std::size_t found = 0;
  for (const auto& parameter : own) {
    const auto counterpart = theirs.find(parameter.name);
    ++found;
    if (counterpart == theirs.end() || counterpart->second.sizes() != parameter.value.sizes()) {
      throw Error(ErrorCode::kModelInvalid, impl_->path,
                  "its weights '" + parameter.name + "' do not fit those of " + other.impl_->path,
                  kMixHint);
    }
  }
  if (found == 0 || found != theirs.size()) {
    throw Error(ErrorCode::kModelInvalid, impl_->path,
                "it has other weights than " + other.impl_->path, kMixHint);
  }
  impl_->forget_strips();
  const at::NoGradGuard no_gradients;
  for (const auto& parameter : own) {
    const at::Tensor target = theirs.at(parameter.name).to(parameter.value.device(), at::kFloat);
    const at::Tensor mixed = parameter.value.to(at::kFloat).lerp(target, share);
    parameter.value.set_data(mixed.to(parameter.value.scalar_type()));
  }
}

}  // namespace stylize
