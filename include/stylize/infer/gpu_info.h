// Which NVIDIA GPUs and which driver this machine has, asked without starting CUDA.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stylize {

struct Gpu {
  std::string name;              // "NVIDIA H200"
  std::size_t total_memory = 0;  // bytes; 0 when the driver does not say
  std::size_t free_memory = 0;
  int major = 0;  // of the compute capability
  int minor = 0;
};

struct GpuInfo {
  std::string driver;     // "580.65.06"; empty when there is none
  std::string cuda;       // newest CUDA version that the driver runs, e.g. "13.0"; may be empty
  std::vector<Gpu> gpus;  // in the driver's order, which CUDA_VISIBLE_DEVICES does not change
  std::string problem;    // why the driver does not answer although it is there; empty when it does
};

// Asks the driver's management library (NVML), which is opened at run time, and without it the
// kernel. All empty on a machine without an NVIDIA driver; never throws for what it finds. Takes
// some ten milliseconds where there are GPUs. Thread safe.
GpuInfo query_gpus();

// The version in the text of /proc/driver/nvidia/version; empty when it holds none.
std::string kernel_driver_version(std::string_view text);

}  // namespace stylize
