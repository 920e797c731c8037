#include "row_kernels.h"

#include "best_build.h"

namespace stylize::strips {

extern const RowKernelSet kBaselineRowKernels;
extern const RowKernelSet kAvx2RowKernels;
extern const RowKernelSet kAvx512RowKernels;
extern const RowKernels kAvx512Bf16RowKernels;

Moments combine(const Moments& a, const Moments& b) {
  if (a.count == 0.0 || b.count == 0.0) {
    return a.count == 0.0 ? b : a;
  }
  const double count = a.count + b.count;
  const double apart = b.mean - a.mean;
  return {count, a.mean + apart * b.count / count,
          a.squares + b.squares + apart * apart * a.count * b.count / count};
}

std::size_t size_of(Element element) {
  return element == Element::kFloat ? sizeof(float) : sizeof(std::uint16_t);
}

const RowKernels& row_kernels(Element element) {
  static const RowKernelSet& kernels =
      best_build(kBaselineRowKernels, kAvx2RowKernels, kAvx512RowKernels);
  static const RowKernels& of_bfloat16 =
      detect_cpu_features().avx512_bf16 ? kAvx512Bf16RowKernels : kernels.of_bfloat16;
  return element == Element::kFloat ? kernels.of_float : of_bfloat16;
}

}  // namespace stylize::strips
