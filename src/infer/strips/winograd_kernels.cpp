#include "winograd_kernels.h"

#include "best_build.h"

namespace stylize::strips {

extern const WinogradKernels kBaselineWinogradKernels;
extern const WinogradKernels kAvx2WinogradKernels;
extern const WinogradKernels kAvx512WinogradKernels;

const WinogradKernels& winograd_kernels() {
  static const WinogradKernels& kernels =
      best_build(kBaselineWinogradKernels, kAvx2WinogradKernels, kAvx512WinogradKernels);
  return kernels;
}

}  // namespace stylize::strips
