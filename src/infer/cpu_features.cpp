#include "stylize/infer/cpu_features.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace stylize {
namespace {

constexpr bool bit(std::uint32_t value, unsigned index) { return ((value >> index) & 1U) != 0; }

// XCR0 tells which register states the operating system saves. Inline assembly, because the
// intrinsic needs -mxsave for the whole file.
std::uint64_t read_xcr0() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<std::uint64_t>(high) << 32U) | low;
}

// Matrix registers are large, and Linux (5.16) wants to be asked for them, once for all threads:
// see "Using XSTATE features in user space applications" of its documentation.
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILE_DATA
  static const bool kMay = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return kMay;
}

}  // namespace

CpuFeatures detect_cpu_features() {
  CpuFeatures features;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  std::uint32_t d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || !bit(c, 27)) {  // 27: OSXSAVE
    return features;
  }
  const std::uint64_t xcr0 = read_xcr0();
  const bool saves_avx = (xcr0 & 0x6U) == 0x6U;
  const bool saves_avx512 = (xcr0 & 0xE6U) == 0xE6U;
  const bool saves_tiles = (xcr0 & 0x60000U) == 0x60000U;
  const bool fma = bit(c, 12);

  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) {
    return features;
  }
  features.avx2 = saves_avx && fma && bit(b, 5);
  // F, DQ, BW and VL together are what the libraries mean by AVX-512.
  features.avx512 = saves_avx512 && bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);
  features.amx_bf16 = saves_tiles && bit(d, 22) && bit(d, 24) && may_use_tiles();
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) {
    features.avx512_bf16 = features.avx512 && bit(a, 5);
  }
  return features;
}

std::string describe(const CpuFeatures& features) {
  std::string text = features.avx512 ? "AVX-512" : features.avx2 ? "AVX2" : "no AVX2";
  if (features.avx512_bf16) {
    text += ", AVX512-BF16";
  }
  if (features.amx_bf16) {
    text += ", AMX-BF16";
  }
  return text;
}

}  // namespace stylize
