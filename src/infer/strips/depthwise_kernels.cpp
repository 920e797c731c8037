#include "depthwise_kernels.h"

#include "best_build.h"

namespace stylize::strips {

extern const DepthwiseKernels kBaselineDepthwiseKernels;
extern const DepthwiseKernels kAvx2DepthwiseKernels;
extern const DepthwiseKernels kAvx512DepthwiseKernels;
extern const DepthwiseKernel kAvx512Bf16DepthwiseKernel;

DepthwiseKernel depthwise_kernel(Element element) {
  static const DepthwiseKernels& kernels =
      best_build(kBaselineDepthwiseKernels, kAvx2DepthwiseKernels, kAvx512DepthwiseKernels);
  static const DepthwiseKernel kOfBfloat16 =
      detect_cpu_features().avx512_bf16 ? kAvx512Bf16DepthwiseKernel : kernels.of_bfloat16;
  return element == Element::kFloat ? kernels.of_float : kOfBfloat16;
}

}  // namespace stylize::strips
