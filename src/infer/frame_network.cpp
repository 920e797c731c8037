#include "stylize/infer/frame_network.h"

#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string_view>
#include <vector>

#include <torch/csrc/jit/runtime/print_handler.h>

#include "large_stack.h"
#include "memory_probe.h"
#include "model_archive.h"
#include "module_check.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "torch_errors.h"

namespace stylize {
namespace {

constexpr std::string_view kMetadataFile = "stylize.json";
constexpr std::string_view kExportHint = "export it again, with PyTorch 2.11 or older";
constexpr std::string_view kFrameHint = "is this a model for whole frames?";
// LibTorch compiles a function inside of the one that first calls it: some 5 KB of stack for each
// of the 20,000 that model_archive.h allows.
constexpr std::size_t kLoadingStack = 512U << 20U;
constexpr std::size_t kProbeSide = 128;

at::ScalarType scalar_type(Precision precision) {
  switch (precision) {
    case Precision::kBf16: return at::kBFloat16;
    case Precision::kFp16: return at::kHalf;
    case Precision::kFp32: break;
  }
  return at::kFloat;
}

c10::Device torch_device(const Device& device) {
  return device.kind == DeviceKind::kCpu
             ? c10::Device(c10::kCPU)
             : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

// The profiling executor would spend the first runs of each picture size on specialising the graph
// and gains nothing on these networks, so the graph is interpreted as it stands.
void use_plain_executor() {
  torch::jit::getExecutorMode() = true;
  torch::jit::getProfilingMode() = false;
}

// LibTorch would write what a model prints to standard output, into the pictures there.
void keep_prints_off_stdout() {
  static std::once_flag once;
  std::call_once(once, [] {
    torch::jit::setPrintHandler([](const std::string& text) {
      log_debug("the model prints: " + text.substr(0, text.find('\n')));
    });
  });
}

// Weights in the precision asked for, channels-last; integer tensors (indices) stay what they are.
void convert(const at::Tensor& tensor, at::ScalarType type) {
  if (!tensor.is_floating_point()) {
    return;
  }
  const at::Tensor converted = tensor.to(type);
  tensor.set_data(tensor.dim() == 4 ? converted.contiguous(at::MemoryFormat::ChannelsLast)
                                    : converted);
}

void convert(const torch::jit::Module& module, at::ScalarType type) {
  for (const at::Tensor& parameter : module.parameters()) {
    convert(parameter, type);
  }
  for (const at::Tensor& buffer : module.buffers()) {
    convert(buffer, type);
  }
}

}  // namespace

struct FrameNetwork::Impl {
  std::string path;
  std::string metadata;
  torch::jit::Module module;
  c10::Device device{c10::kCPU};
  at::ScalarType type = at::kFloat;
  std::size_t probed_bytes_per_pixel = 0;

  at::Tensor forward(const at::Tensor& input) {
    const c10::InferenceMode inference;
    const torch::jit::GraphOptimizerEnabledGuard plain(false);
    try {
      std::vector<c10::IValue> arguments;
      arguments.emplace_back(input.to(device, type));
      const c10::IValue result = module.forward(std::move(arguments));
      if (!result.isTensor() || result.toTensor().sizes() != input.sizes()) {
        throw Error(ErrorCode::kModelInvalid, path,
                    "the network does not return a picture of its input's size", kFrameHint);
      }
      return result.toTensor();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& exception) {
      throw translate_torch_error(exception, ErrorCode::kModelInvalid, path,
                                  "the network failed to run", kFrameHint);
    }
  }
};

FrameNetwork::FrameNetwork(const std::string& path, const Device& device, Precision precision)
    : impl_(std::make_unique<Impl>()) {
  const auto file = open_checked_archive(path);
  use_plain_executor();
  keep_prints_off_stdout();
  impl_->path = path;
  impl_->device = torch_device(device);
  impl_->type = scalar_type(precision);
  try {
    torch::jit::ExtraFilesMap extra{{std::string(kMetadataFile), {}}};
    // What stands in the archive for debuggers only is not checked, therefore not read.
    run_with_stack(kLoadingStack, [&] {
      impl_->module = torch::jit::load(file, c10::kCPU, extra, /*load_debug_files=*/false);
      check_module(impl_->module, path);
    });
    impl_->metadata = extra.at(std::string(kMetadataFile));
    impl_->module.eval();
    impl_->module.to(impl_->device);
    convert(impl_->module, impl_->type);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& exception) {
    throw translate_torch_error(exception, ErrorCode::kModelInvalid, path,
                                "LibTorch cannot load it", kExportHint);
  }
}

FrameNetwork::~FrameNetwork() = default;
FrameNetwork::FrameNetwork(FrameNetwork&&) noexcept = default;
FrameNetwork& FrameNetwork::operator=(FrameNetwork&&) noexcept = default;

const std::string& FrameNetwork::metadata() const { return impl_->metadata; }

void FrameNetwork::run(std::span<const float> input, int batch, int height, int width,
                       std::span<float> output) {
  const auto expected = static_cast<std::size_t>(batch) * static_cast<std::size_t>(height) *
                        static_cast<std::size_t>(width) * 3;
  if (input.size() != expected || output.size() != expected) {
    throw Error(ErrorCode::kInternal, "FrameNetwork::run", "buffer sizes do not match the picture");
  }
  // NHWC memory seen as NCHW is a channels-last tensor: no copy. from_blob wants a mutable pointer,
  // but the input is only read.
  const at::Tensor nhwc =
      at::from_blob(const_cast<float*>(input.data()), {batch, height, width, 3}, at::kFloat);
  const at::Tensor result = impl_->forward(nhwc.permute({0, 3, 1, 2}));
  at::Tensor target = at::from_blob(output.data(), {batch, height, width, 3}, at::kFloat);
  target.copy_(result.permute({0, 2, 3, 1}));
}

void FrameNetwork::self_test(int side) {
  const auto length = static_cast<std::size_t>(side);
  std::vector<float> input(length * length * 3);
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = static_cast<float>(i) / static_cast<float>(input.size());
  }
  std::vector<float> output(input.size());
  const std::string size = std::to_string(side) + "x" + std::to_string(side);
  try {
    run(input, 1, side, side, output);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kOutOfMemory) {
      throw;
    }
    throw Error(ErrorCode::kOutOfMemory, impl_->path,
                "the network ran out of memory on a test picture of " + size,
                "it cannot be used on this computer");
  }
  if (!std::all_of(output.begin(), output.end(),
                   [](float value) { return std::isfinite(value); })) {
    throw Error(
        ErrorCode::kModelInvalid, impl_->path,
        "the network's output for a test picture of " + size + " holds values that are no numbers",
        "try --precision fp32; if it does not help, the model is broken");
  }
}

std::size_t FrameNetwork::peak_bytes_per_pixel() {
  if (impl_->device.is_cuda()) {
    return 0;
  }
  if (impl_->probed_bytes_per_pixel == 0) {
    const at::Tensor sample =
        at::zeros({1, 3, static_cast<int64_t>(kProbeSide), static_cast<int64_t>(kProbeSide)})
            .contiguous(at::MemoryFormat::ChannelsLast);
    const std::size_t peak = peak_tensor_bytes([&] { impl_->forward(sample); });
    impl_->probed_bytes_per_pixel = peak / (kProbeSide * kProbeSide);
  }
  return impl_->probed_bytes_per_pixel;
}

}  // namespace stylize
