#include "direct_kernels.h"

#include "best_build.h"

namespace stylize::strips {

extern const DirectKernels kBaselineDirectKernels;
extern const DirectKernels kAvx2DirectKernels;
extern const DirectKernels kAvx512DirectKernels;

const DirectKernels& direct_kernels() {
  static const DirectKernels& kernels =
      best_build(kBaselineDirectKernels, kAvx2DirectKernels, kAvx512DirectKernels);
  return kernels;
}

}  // namespace stylize::strips
