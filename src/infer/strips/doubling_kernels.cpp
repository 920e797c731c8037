#include "doubling_kernels.h"

#include "best_build.h"

namespace stylize::strips {

extern const DoublingKernels kBaselineDoublingKernels;
extern const DoublingKernels kAvx2DoublingKernels;
extern const DoublingKernels kAvx512DoublingKernels;

const DoublingKernels& doubling_kernels() {
  static const DoublingKernels& kernels =
      best_build(kBaselineDoublingKernels, kAvx2DoublingKernels, kAvx512DoublingKernels);
  return kernels;
}

}  // namespace stylize::strips
