#include "depthwise_kernels.h"

#include "best_build.h"

namespace stylize::strips {

extern const DepthwiseKernels kBaselineDepthwiseKernels;
extern const DepthwiseKernels kAvx2DepthwiseKernels;
extern const DepthwiseKernels kAvx512DepthwiseKernels;

DepthwiseKernel depthwise_kernel(Element element) {
  static const DepthwiseKernels& kernels =
      best_build(kBaselineDepthwiseKernels, kAvx2DepthwiseKernels, kAvx512DepthwiseKernels);
  return element == Element::kFloat ? kernels.of_float : kernels.of_bfloat16;
}

}  // namespace stylize::strips
