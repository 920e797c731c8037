#include "winograd_kernels.h"

#include "stylize/infer/cpu_features.h"

namespace stylize::strips {

extern const WinogradKernels kBaselineWinogradKernels;
extern const WinogradKernels kAvx2WinogradKernels;
extern const WinogradKernels kAvx512WinogradKernels;

namespace {

const WinogradKernels& best_kernels() {
  const CpuFeatures features = detect_cpu_features();
  if (features.avx512) {
    return kAvx512WinogradKernels;
  }
  return features.avx2 ? kAvx2WinogradKernels : kBaselineWinogradKernels;
}

}  // namespace

const WinogradKernels& winograd_kernels() {
  static const WinogradKernels& kernels = best_kernels();
  return kernels;
}

}  // namespace stylize::strips
