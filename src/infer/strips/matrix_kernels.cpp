#include "matrix_kernels.h"

#include "stylize/infer/cpu_features.h"

namespace stylize::strips {

void convolve_by_amx(const MatrixRows& rows, const MatrixLayout& layout, std::size_t first,
                     std::size_t last);

MatrixKernel matrix_kernel() {
  static const MatrixKernel kKernel = [] {
    const CpuFeatures features = detect_cpu_features();
    return features.amx_bf16 && features.avx512_bf16 ? convolve_by_amx : nullptr;
  }();
  return kKernel;
}

}  // namespace stylize::strips
