// The loops of depthwise_kernels.inc over bfloat16, by instructions that convert it. See there.
#include <immintrin.h>

#include "depthwise_kernels.h"

// Not std::array, whose functions are a library's templates.
// NOLINTBEGIN(modernize-avoid-c-arrays)
namespace stylize::strips {
namespace {

#include "bfloat16_vectors.inc"

#include "bfloat16_pairs.inc"

constexpr std::size_t kTaps = kDepthwiseSide * kDepthwiseSide;

// Pixels that are made together, so that what they share is read once.
constexpr std::size_t kRows = 2;
constexpr std::size_t kColumns = 4;

// Of kValues channels.
struct Weights {
  Pairs taps[kTaps];
  Pairs shift;
  Leaky leaky;
  __mmask32 some;
};

template <std::size_t kStep, std::size_t kHigh, std::size_t kWide>
void make_block(const Value* from, Value* to, const Weights& by, const DepthwiseLayout& layout) {
  constexpr std::size_t kDown = (kHigh - 1) * kStep + kDepthwiseSide;
  constexpr std::size_t kRight = (kWide - 1) * kStep + kDepthwiseSide;
  Pairs sums[kHigh * kWide];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kHigh * kWide; ++i) {
    sums[i] = by.shift;
  }
#pragma GCC unroll 16
  for (std::size_t y = 0; y < kDown; ++y) {
#pragma GCC unroll 16
    for (std::size_t x = 0; x < kRight; ++x) {
      const Pairs value = load(by.some, from + y * layout.row_in + x * layout.channels);
#pragma GCC unroll 16
      for (std::size_t i = 0; i < kHigh * kWide; ++i) {
        const std::size_t down = y - i / kWide * kStep;  // wraps round where it is above
        const std::size_t right = x - i % kWide * kStep;
        if (down < kDepthwiseSide && right < kDepthwiseSide) {
          const Pairs& tap = by.taps[down * kDepthwiseSide + right];
          sums[i].even = _mm512_fmadd_ps(tap.even, value.even, sums[i].even);
          sums[i].odd = _mm512_fmadd_ps(tap.odd, value.odd, sums[i].odd);
        }
      }
    }
  }
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kHigh * kWide; ++i) {
    store(by.some, {by.leaky(sums[i].even), by.leaky(sums[i].odd)},
          to + i / kWide * layout.row_out + i % kWide * layout.channels);
  }
}

struct Factors {
  const float* weights;
  const float* shift;
  float slope;
};

Weights weights_of(const Factors& factors, std::size_t channels, std::size_t first) {
  Weights by;
  by.some = first_values(channels - first);
  by.leaky = leaky_of(factors.slope);
  by.shift = load_floats(by.some, factors.shift + first);
  for (std::size_t tap = 0; tap < kTaps; ++tap) {
    by.taps[tap] = load_floats(by.some, factors.weights + tap * channels + first);
  }
  return by;
}

template <std::size_t kStep, std::size_t kHigh>
void make_rows(const Value* from, Value* to, std::size_t columns, const Factors& factors,
               const DepthwiseLayout& layout) {
  for (std::size_t c = 0; c < layout.channels; c += kValues) {
    const Weights by = weights_of(factors, layout.channels, c);
    const Value* in = from + c;
    Value* out = to + c;
    std::size_t x = 0;
    for (; x + kColumns <= columns; x += kColumns) {
      make_block<kStep, kHigh, kColumns>(in, out, by, layout);
      in += kColumns * kStep * layout.channels;
      out += kColumns * layout.channels;
    }
    for (; x < columns; ++x) {
      make_block<kStep, kHigh, 1>(in, out, by, layout);
      in += kStep * layout.channels;
      out += layout.channels;
    }
  }
}

template <std::size_t kStep>
void make_all(const Value* from, Value* to, std::size_t rows, std::size_t columns,
              const Factors& factors, const DepthwiseLayout& layout) {
  std::size_t y = 0;
  for (; y + kRows <= rows; y += kRows) {
    make_rows<kStep, kRows>(from + y * kStep * layout.row_in, to + y * layout.row_out, columns,
                            factors, layout);
  }
  if (y < rows) {
    make_rows<kStep, 1>(from + y * kStep * layout.row_in, to + y * layout.row_out, columns, factors,
                        layout);
  }
}

void convolve(const void* from, void* to, std::size_t rows, std::size_t columns,
              const float* weights, const float* shift, float slope,
              const DepthwiseLayout& layout) {
  const auto* in = static_cast<const Value*>(from);
  auto* out = static_cast<Value*>(to);
  const Factors factors{weights, shift, slope};
  if (layout.step == 1) {
    make_all<1>(in, out, rows, columns, factors, layout);
  } else {
    make_all<2>(in, out, rows, columns, factors, layout);
  }
}

}  // namespace

extern const DepthwiseKernel kAvx512Bf16DepthwiseKernel;
const DepthwiseKernel kAvx512Bf16DepthwiseKernel = convolve;

}  // namespace stylize::strips
// NOLINTEND(modernize-avoid-c-arrays)
