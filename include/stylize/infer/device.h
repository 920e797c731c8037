// Where networks run.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stylize {

enum class DeviceKind { kCpu, kCuda };

struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;       // of the GPU; 0 on the CPU
  std::string reason;  // why `auto` took it; empty when it was asked for

  // "cpu" or "cuda:0".
  [[nodiscard]] std::string name() const;
};

struct DeviceRequest {
  enum class Kind { kAuto, kCpu, kCuda };
  Kind kind = Kind::kAuto;
  int index = 0;
};

// "auto", "cpu", "cuda" or "cuda:N"; throws Error kUsage otherwise.
DeviceRequest parse_device(std::string_view text);

// The device asked for is the device used: throws Error kDeviceUnavailable where CUDA was asked for
// and cannot run. `auto` takes the first GPU if there is one and CUDA works, the CPU otherwise.
// Opens the CUDA half of LibTorch only when a GPU may be used. Call before any network is loaded.
Device resolve_device(const DeviceRequest& request);

// Bytes of GPU memory that tensors of this process held at most; 0 on the CPU.
std::size_t peak_device_memory(const Device& device);

// Threads inside an operator. 0 means one a core this process may run on. Returns the number set.
int set_compute_threads(int threads);

}  // namespace stylize
