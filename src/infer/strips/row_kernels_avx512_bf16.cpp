// The loops of row_kernels.inc over bfloat16, by instructions that convert it. See there.
#include <immintrin.h>

#include "row_kernels.h"

// Not std::array, whose functions are a library's templates.
// NOLINTBEGIN(modernize-avoid-c-arrays)
namespace stylize::strips {
namespace {

#include "bfloat16_vectors.inc"

#include "bfloat16_pairs.inc"

struct Activation {
  const float* scale;
  const float* shift;
  const float* noise;  // of the pixels; null: none
  float slope;
};

// Pixels whose channels are made kValues at a time: few enough to stay in the first cache, so many
// that what belongs to the channels is loaded seldom.
constexpr std::size_t kPixels = 16;

// Values are fetched so early that they come from memory in time; rows lie one behind the other.
constexpr std::size_t kAhead = 4096;

template <bool kIsNoisy>
void activate_channels(const Value* from, Value* to, std::size_t pixels, std::size_t channels,
                       std::size_t first, const Activation& by) {
  const __mmask32 some = first_values(channels - first);
  const Pairs scale = load_floats(some, by.scale + first);
  const Pairs shift = load_floats(some, by.shift + first);
  const Leaky leaky = leaky_of(by.slope);
  for (std::size_t p = 0; p < pixels; ++p) {
    const std::size_t at = p * channels + first;
    _mm_prefetch(from + at + kAhead, _MM_HINT_T0);
    Pairs values = load(some, from + at);
    values.even = _mm512_fmadd_ps(scale.even, values.even, shift.even);
    values.odd = _mm512_fmadd_ps(scale.odd, values.odd, shift.odd);
    if constexpr (kIsNoisy) {
      const __m512 noise = _mm512_set1_ps(by.noise[p]);
      values.even = _mm512_add_ps(values.even, noise);
      values.odd = _mm512_add_ps(values.odd, noise);
    }
    store(some, {leaky(values.even), leaky(values.odd)}, to + at);
  }
}

template <bool kIsNoisy>
void activate_row(const void* from, void* to, std::size_t pixels, std::size_t channels,
                  Activation by) {
  const auto* in = static_cast<const Value*>(from);
  auto* out = static_cast<Value*>(to);
  for (std::size_t x = 0; x < pixels; x += kPixels) {
    const std::size_t count = pixels - x < kPixels ? pixels - x : kPixels;
    for (std::size_t c = 0; c < channels; c += kValues) {
      activate_channels<kIsNoisy>(in, out, count, channels, c, by);
    }
    in += count * channels;
    out += count * channels;
    by.noise += kIsNoisy ? count : 0;
  }
}

void activate(const void* from, void* to, std::size_t pixels, std::size_t channels,
              const float* scale, const float* shift, float slope) {
  activate_row<false>(from, to, pixels, channels, {scale, shift, nullptr, slope});
}

void activate_noisy(const void* from, void* to, const NoisyRow& row) {
  activate_row<true>(from, to, row.pixels, row.channels,
                     {row.scale, row.shift, row.noise, row.slope});
}

void add(const void* from, void* to, std::size_t values) {
  const auto* in = static_cast<const Value*>(from);
  auto* out = static_cast<Value*>(to);
  for (std::size_t i = 0; i < values; i += kValues) {
    const __mmask32 some = first_values(values - i);
    const Pairs a = load(some, out + i);
    const Pairs b = load(some, in + i);
    store(some, {_mm512_add_ps(a.even, b.even), _mm512_add_ps(a.odd, b.odd)}, out + i);
  }
}

// Between two, so much of the second.
Pairs blend(const Pairs& first, const Pairs& second, __m512 part) {
  const __m512 rest = _mm512_sub_ps(_mm512_set1_ps(1.0F), part);
  return {_mm512_fmadd_ps(part, second.even, _mm512_mul_ps(rest, first.even)),
          _mm512_fmadd_ps(part, second.odd, _mm512_mul_ps(rest, first.odd))};
}

void resize(const void* above, const void* underneath, float below, const Sample* columns, void* to,
            std::size_t width, std::size_t channels) {
  const auto* upper = static_cast<const Value*>(above);
  const auto* lower = static_cast<const Value*>(underneath);
  auto* out = static_cast<Value*>(to);
  const __m512 down = _mm512_set1_ps(below);
  for (std::size_t x = 0; x < width; ++x, out += channels) {
    const std::size_t first = static_cast<std::size_t>(columns[x].first) * channels;
    const std::size_t second = static_cast<std::size_t>(columns[x].second) * channels;
    const __m512 right = _mm512_set1_ps(columns[x].weight);
    for (std::size_t c = 0; c < channels; c += kValues) {
      const __mmask32 some = first_values(channels - c);
      const Pairs left = blend(load(some, upper + first + c), load(some, lower + first + c), down);
      const Pairs other =
          blend(load(some, upper + second + c), load(some, lower + second + c), down);
      store(some, blend(left, other, right), out + c);
    }
  }
}

// Sums that run side by side, since each addition takes a while.
constexpr std::size_t kSums = 4;

struct Sums {
  __m512 values[kSums];
  __m512 squares[kSums];
};

void count(__m512 values, Sums& sums, std::size_t which) {
  sums.values[which] = _mm512_add_ps(sums.values[which], values);
  sums.squares[which] = _mm512_fmadd_ps(values, values, sums.squares[which]);
}

void count(const Pairs& pairs, Sums& sums, std::size_t which) {
  count(pairs.even, sums, which);
  count(pairs.odd, sums, which + 1);
}

double sum_of(const __m512* sums) {
  alignas(64) float lanes[kLanes];
  _mm512_store_ps(lanes,
                  _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3])));
  double sum = 0.0;
  for (const float lane : lanes) {
    sum += static_cast<double>(lane);
  }
  return sum;
}

// Sums of so many values are exact enough in float.
constexpr std::size_t kChunk = 8192;

// By the sum of squares, in one go: what is lost where the mean is large is less than bfloat16 has
// lost of the values before.
Moments moments_of(const Value* in, std::size_t values) {
  Sums sums{};
  std::size_t i = 0;
  for (; i + 2 * kValues <= values; i += 2 * kValues) {
    count(load(~__mmask32{0}, in + i), sums, 0);
    count(load(~__mmask32{0}, in + i + kValues), sums, 2);
  }
  for (; i < values; i += kValues) {
    count(load(first_values(values - i), in + i), sums, 0);
  }
  const auto all = static_cast<double>(values);
  const double mean = sum_of(sums.values) / all;
  const double squares = sum_of(sums.squares) - all * mean * mean;
  return {all, mean, squares < 0.0 ? 0.0 : squares};
}

Moments moments(const void* from, std::size_t values) {
  const auto* in = static_cast<const Value*>(from);
  Moments moments{};
  for (std::size_t start = 0; start < values; start += kChunk) {
    const std::size_t left = values - start;
    moments = combine(moments, moments_of(in + start, left < kChunk ? left : kChunk));
  }
  return moments;
}

}  // namespace

extern const RowKernels kAvx512Bf16RowKernels;
const RowKernels kAvx512Bf16RowKernels{activate, activate_noisy, add, resize, moments};

}  // namespace stylize::strips
// NOLINTEND(modernize-avoid-c-arrays)
