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

// Of what is no number, the instructions return their second operand. In masked forms, since the
// compiler takes the other ones to read what nobody has set.
__m512 clamped(__m512 value, __m512 low, __m512 high) {
  return _mm512_maskz_min_ps(0xFFFF, high, _mm512_maskz_max_ps(0xFFFF, low, value));
}

void clamp(void* values, std::size_t count, float low, float high) {
  auto* all = static_cast<Value*>(values);
  const __m512 least = _mm512_set1_ps(low);
  const __m512 most = _mm512_set1_ps(high);
  for (std::size_t i = 0; i < count; i += kValues) {
    const __mmask32 some = first_values(count - i);
    const Pairs pairs = load(some, all + i);
    store(some, {clamped(pairs.even, least, most), clamped(pairs.odd, least, most)}, all + i);
  }
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

// Of the first `count` lanes.
__mmask16 first_lanes(std::size_t count) {
  return static_cast<__mmask16>(count < kLanes ? (1U << count) - 1U : 0xFFFFU);
}

// Between two values, so much of the second.
struct Blend {
  __m512 of_first;
  __m512 of_second;

  explicit Blend(float part)
      : of_first(_mm512_set1_ps(1.0F - part)), of_second(_mm512_set1_ps(part)) {}

  [[nodiscard]] __m512 operator()(__m512 first, __m512 second) const {
    return _mm512_fmadd_ps(of_second, second, _mm512_mul_ps(of_first, first));
  }
};

// What is blended of two rows stays in the first cache until columns are: so many values, of so
// many channels at most, which is some pixels.
constexpr std::size_t kBlended = 4096;
constexpr std::size_t kBlendedChannels = 1024;

// `to` has room for some lanes more.
void blend_rows(const Value* upper, const Value* lower, const Blend& blend, float* to,
                std::size_t values) {
  for (std::size_t i = 0; i < values; i += kLanes) {
    const __mmask16 some = first_lanes(values - i);
    _mm512_storeu_ps(to + i, blend(widen(some, upper + i), widen(some, lower + i)));
  }
}

void blend_pixel(const float* left, const float* right, const Blend& blend, Value* to,
                 std::size_t channels) {
  for (std::size_t c = 0; c < channels; c += kLanes) {
    const __m512 value = blend(_mm512_loadu_ps(left + c), _mm512_loadu_ps(right + c));
    const auto rounded = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value));
    _mm256_mask_storeu_epi16(to + c, first_lanes(channels - c), rounded);
  }
}

// Some channels, from `first` on, of a row that is resized.
struct Resizing {
  Blend down;
  const Value* upper;
  const Value* lower;
  const Sample* columns;
  Value* to;
  std::size_t channels;  // from pixel to pixel
  std::size_t first;
  std::size_t count;
};

// Some pixels, the samples of which all fit into what is blended. Where all channels are made, they
// lie one behind the other, whatever their number.
void resize_columns(const Resizing& by, std::size_t begin, std::size_t end) {
  float blended[kBlended + kLanes];
  const auto base = static_cast<std::size_t>(by.columns[begin].first);
  const std::size_t pixels = static_cast<std::size_t>(by.columns[end - 1].second) + 1 - base;
  const std::size_t run = by.count == by.channels ? pixels * by.count : by.count;
  std::size_t at = base * by.channels + by.first;
  for (std::size_t done = 0; done < pixels * by.count; done += run, at += by.channels) {
    blend_rows(by.upper + at, by.lower + at, by.down, blended + done, run);
  }
  for (std::size_t x = begin; x < end; ++x) {
    const Sample& column = by.columns[x];
    const float* const left = blended + (static_cast<std::size_t>(column.first) - base) * by.count;
    const float* const right =
        blended + (static_cast<std::size_t>(column.second) - base) * by.count;
    blend_pixel(left, right, Blend(column.weight), by.to + x * by.channels + by.first, by.count);
  }
}

void resize(const void* above, const void* underneath, float below, const Sample* columns, void* to,
            std::size_t width, std::size_t channels) {
  Resizing by{Blend(below),
              static_cast<const Value*>(above),
              static_cast<const Value*>(underneath),
              columns,
              static_cast<Value*>(to),
              channels,
              0,
              0};
  for (; by.first < channels; by.first += kBlendedChannels) {
    const std::size_t left = channels - by.first;
    by.count = left < kBlendedChannels ? left : kBlendedChannels;
    const auto pixels = static_cast<std::int64_t>(kBlended / by.count);
    for (std::size_t begin = 0; begin < width;) {
      std::size_t end = begin + 1;
      while (end < width && columns[end].second - columns[begin].first < pixels) {
        ++end;
      }
      resize_columns(by, begin, end);
      begin = end;
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
const RowKernels kAvx512Bf16RowKernels{activate, activate_noisy, clamp, add, resize, moments};

}  // namespace stylize::strips
// NOLINTEND(modernize-avoid-c-arrays)
