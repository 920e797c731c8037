// Which of the builds of one file for several instruction sets to call.
#pragma once

#include "stylize/infer/cpu_features.h"

namespace stylize::strips {

// The fastest that this processor can run. Not for the files that are built several times: the
// linker would keep one of their templates for all.
template <typename Kernels>
const Kernels& best_build(const Kernels& baseline, const Kernels& avx2, const Kernels& avx512) {
  const CpuFeatures features = detect_cpu_features();
  if (features.avx512) {
    return avx512;
  }
  return features.avx2 ? avx2 : baseline;
}

}  // namespace stylize::strips
