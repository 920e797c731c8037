#include "depthwise_kernels.h"

#include "best_build.h"

namespace stylize::strips {

extern const DepthwiseKernels kBaselineDepthwiseKernels;
extern const DepthwiseKernels kAvx2DepthwiseKernels;
extern const DepthwiseKernels kAvx512DepthwiseKernels;
extern const DepthwiseKernels kAvx512Bf16DepthwiseKernels;

DepthwiseKernel depthwise_kernel(Element element) {
  static const DepthwiseKernels& kernels =
      detect_cpu_features().avx512_bf16
          ? kAvx512Bf16DepthwiseKernels
          : best_build(kBaselineDepthwiseKernels, kAvx2DepthwiseKernels, kAvx512DepthwiseKernels);
  return element == Element::kFloat ? kernels.of_float : kernels.of_bfloat16;
}

}  // namespace stylize::strips
