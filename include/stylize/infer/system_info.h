// Which LibTorch runs here, on what processor.
#pragma once

#include <string>
#include <string_view>

namespace stylize {

struct TorchInfo {
  std::string version;     // "2.11.0"
  std::string library;     // the file that libtorch_cpu was loaded from; empty when unknown
  std::string built_blas;  // what it was built with, e.g. "mkl"
  std::string
      blas_library;  // the file whose matrix products it runs; empty: none can be interposed
  bool uses_own_blas = true;
  std::string built_cuda;  // "13.0"; empty for a build without CUDA
  std::string onednn;      // its version, e.g. "3.10.2"; empty when it is not there or switched off
  int threads = 1;         // inside an operator
};

// Loads nothing, runs nothing. BLAS calls inside libtorch_cpu are interposable: a library that
// stands in front of it in the process (LD_PRELOAD, or the order of linking) takes them over, and
// Debian's reference BLAS is 50 times slower. Thread safe.
TorchInfo inspect_torch();

// The value of `key` among the "Build settings: KEY=value, ..." of LibTorch's description of
// itself; empty when it is not there.
std::string build_setting(std::string_view description, std::string_view key);

// The first version number ("3.10.2") in a text; empty when there is none.
std::string version_in(std::string_view text);

// As the kernel names it, e.g. "AMD EPYC 7B13"; "unknown" when it does not. Thread safe.
std::string cpu_model();

// Cores this process may run on, at least 1. Thread safe.
int usable_cores();

}  // namespace stylize
