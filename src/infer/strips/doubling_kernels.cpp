#include "doubling_kernels.h"

#include "stylize/infer/cpu_features.h"

namespace stylize::strips {

extern const DoublingKernels kBaselineDoublingKernels;
extern const DoublingKernels kAvx2DoublingKernels;
extern const DoublingKernels kAvx512DoublingKernels;

namespace {

const DoublingKernels& best_kernels() {
  const CpuFeatures features = detect_cpu_features();
  if (features.avx512) {
    return kAvx512DoublingKernels;
  }
  return features.avx2 ? kAvx2DoublingKernels : kBaselineDoublingKernels;
}

}  // namespace

const DoublingKernels& doubling_kernels() {
  static const DoublingKernels& kernels = best_kernels();
  return kernels;
}

}  // namespace stylize::strips
