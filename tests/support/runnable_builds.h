// Kernels are tested in every build that this processor runs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "stylize/infer/cpu_features.h"

namespace stylize::test {

template <typename Kernels>
std::vector<const Kernels*> runnable_builds(const Kernels& baseline, const Kernels& avx2,
                                            const Kernels& avx512) {
  const CpuFeatures features = detect_cpu_features();
  std::vector<const Kernels*> all{&baseline};
  if (features.avx2) {
    all.push_back(&avx2);
  }
  if (features.avx512) {
    all.push_back(&avx512);
  }
  return all;
}

// Where a kernel is not to write.
inline constexpr float kUntouched = 12345.0F;
inline constexpr std::uint16_t kUntouchedHalf = 0x4641;

// Between -1 and 1, the same for the same seed.
inline std::vector<float> noise(std::size_t count, unsigned seed) {
  std::minstd_rand generator(seed);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] { return uniform(generator); });
  return values;
}

// bfloat16, cut off.
inline std::uint16_t upper_half(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return static_cast<std::uint16_t>(bits >> 16U);
}

inline std::vector<std::uint16_t> upper_halves(const std::vector<float>& values) {
  std::vector<std::uint16_t> all(values.size());
  std::transform(values.begin(), values.end(), all.begin(), upper_half);
  return all;
}

inline float from_upper_half(std::uint16_t half) {
  const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16U;
  float value = 0.0F;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

}  // namespace stylize::test
