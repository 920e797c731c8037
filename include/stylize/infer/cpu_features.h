// What this processor can do, as far as it decides which precision is fast.
#pragma once

#include <string>

namespace stylize {

struct CpuFeatures {
  bool avx2 = false;
  bool avx512 = false;
  bool avx512_bf16 = false;
  bool amx_bf16 = false;  // tile matrix multiplication in bfloat16
};

// Reads CPUID, and XCR0 for what the operating system saves; asks it, once, for leave to use matrix
// registers, which this process then keeps. Thread safe.
CpuFeatures detect_cpu_features();

// e.g. "AVX2", "AVX-512, AMX-BF16".
std::string describe(const CpuFeatures& features);

}  // namespace stylize
