#include "depthwise_kernels.h"

#include "stylize/infer/cpu_features.h"

namespace stylize::strips {

extern const DepthwiseKernels kBaselineDepthwiseKernels;
extern const DepthwiseKernels kAvx2DepthwiseKernels;
extern const DepthwiseKernels kAvx512DepthwiseKernels;

namespace {

const DepthwiseKernels& best_kernels() {
  const CpuFeatures features = detect_cpu_features();
  if (features.avx512) {
    return kAvx512DepthwiseKernels;
  }
  return features.avx2 ? kAvx2DepthwiseKernels : kBaselineDepthwiseKernels;
}

}  // namespace

DepthwiseKernel depthwise_kernel(Element element) {
  static const DepthwiseKernels& kernels = best_kernels();
  return element == Element::kFloat ? kernels.of_float : kernels.of_bfloat16;
}

}  // namespace stylize::strips
