#include "stylize/infer/device.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/cuda.h>

#include <charconv>
#include <filesystem>

#include "stylize/core/error.h"
#include "stylize/infer/system_info.h"

namespace stylize {
namespace {

constexpr std::string_view kUseCpu =
    "use --device cpu, or install a driver and run scripts/setup.sh --full";

// Whether the kernel's NVIDIA driver is loaded. Cheap, so that machines without a GPU never pay for
// opening libtorch_cuda. Under WSL the GPU is behind /dev/dxg.
bool nvidia_driver_present() {
  return std::filesystem::exists("/proc/driver/nvidia/version") ||
         std::filesystem::exists("/dev/dxg");
}

// Loading the library registers its kernels with LibTorch's dispatcher; it stays loaded for good.
// Returns the loader's message on failure.
std::string open_cuda_library() {
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr) {
    return {};
  }
  const char* message = dlerror();
  return message == nullptr ? "libtorch_cuda.so cannot be opened" : message;
}

// fp32 means fp32: cuDNN would round the inputs of convolutions to TF32's 10 bits.
void use_full_fp32() {
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
}

// Empty when GPU `index` can be used, the reason otherwise.
std::string why_not_cuda(int index) {
  if (!nvidia_driver_present()) {
    return "no NVIDIA driver is loaded";
  }
  if (std::string message = open_cuda_library(); !message.empty()) {
    return message;
  }
  if (!torch::cuda::is_available()) {
    return "CUDA finds no usable GPU";
  }
  const auto count = static_cast<unsigned char>(torch::cuda::device_count());
  if (index >= count) {
    return "there are only " + std::to_string(count) + " GPUs";
  }
  return {};
}

}  // namespace

std::string Device::name() const {
  return kind == DeviceKind::kCpu ? "cpu" : "cuda:" + std::to_string(index);
}

DeviceRequest parse_device(std::string_view text) {
  if (text == "auto") return {DeviceRequest::Kind::kAuto, 0};
  if (text == "cpu") return {DeviceRequest::Kind::kCpu, 0};
  if (text == "cuda") return {DeviceRequest::Kind::kCuda, 0};
  constexpr std::string_view kPrefix = "cuda:";
  if (text.substr(0, kPrefix.size()) == kPrefix) {
    const std::string_view digits = text.substr(kPrefix.size());
    int index = -1;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (status == std::errc() && end == digits.data() + digits.size() && index >= 0) {
      return {DeviceRequest::Kind::kCuda, index};
    }
  }
  throw Error(ErrorCode::kUsage, "--device " + std::string(text), "unknown device",
              "choose auto, cpu, cuda or cuda:N");
}

Device resolve_device(const DeviceRequest& request) {
  if (request.kind == DeviceRequest::Kind::kCpu) {
    return {DeviceKind::kCpu, 0, {}};
  }
  const std::string problem = why_not_cuda(request.index);
  if (request.kind == DeviceRequest::Kind::kCuda) {
    if (!problem.empty()) {
      throw Error(ErrorCode::kDeviceUnavailable, "--device cuda", problem, kUseCpu);
    }
    use_full_fp32();
    return {DeviceKind::kCuda, request.index, {}};
  }
  if (!problem.empty()) {
    return {DeviceKind::kCpu, 0, problem};
  }
  use_full_fp32();
  return {DeviceKind::kCuda, 0, "a GPU is there"};
}

std::size_t peak_device_memory(const Device& device) {
  if (device.kind == DeviceKind::kCpu) {
    return 0;
  }
  const auto stats = at::accelerator::getDeviceStats(static_cast<c10::DeviceIndex>(device.index));
  return static_cast<std::size_t>(stats.allocated_bytes.front().peak);
}

int set_compute_threads(int threads) {
  if (threads <= 0) {
    threads = usable_cores();
  }
  at::set_num_threads(threads);
  return threads;
}

}  // namespace stylize
