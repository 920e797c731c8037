// Needs AMX-BF16 and AVX512-BF16. Everything is static, and no template of a library is used: the
// linker might keep this build of it for all processors.
#include <immintrin.h>

#include "matrix_kernels.h"

// Not std::array, whose functions are a library's templates.
// NOLINTBEGIN(modernize-avoid-c-arrays)
namespace stylize::strips {
namespace {

#include "bfloat16_vectors.inc"

constexpr std::size_t kSums = 4;  // matrices that are added up together: of eight registers
constexpr std::size_t kSumsOfOne = kMatrixPixels * kMatrixChannels;
constexpr std::size_t kRowBytes = 64;  // of a matrix register

// The register file: all matrices are as large as they can be.
struct alignas(64) Configuration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {kRowBytes, kRowBytes, kRowBytes, kRowBytes,
                                 kRowBytes, kRowBytes, kRowBytes, kRowBytes};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(Configuration) == 64);

constexpr Configuration kConfiguration;

// How sums become what is written.
struct Finish {
  __m512 shift[2];
  Leaky leaky;
  bool is_plain;      // nothing is added, nothing rectified
  __mmask32 some;     // of the channels, which there are
  std::size_t apart;  // from pixel to pixel
};

// The sums of some pixels: of two matrices of channels (wide), or of one and twice as many pixels.
// They are written while the next are added up, since that is up to other units of the processor.
struct Sums {
  alignas(64) float values[kSums * kSumsOfOne];
  Finish by;
  std::uint16_t* to;
  const std::uint16_t* added;
  std::size_t pixels;   // that are wanted
  std::size_t written;  // of them
  bool is_wide;
};

__m512 finished(__m512 sum, const std::uint16_t* added, const Finish& by, std::size_t half,
                __mmask16 some) {
  const __m512 value = by.leaky(_mm512_add_ps(sum, by.shift[half]));
  return added == nullptr ? value : _mm512_add_ps(value, widen(some, added));
}

template <bool kIsWide, bool kIsPlain>
void write_some(Sums& sums, std::size_t count) {
  const Finish by = sums.by;
  const auto some = static_cast<__mmask16>(by.some);
  const auto more = static_cast<__mmask16>(by.some >> kLanes);
  const float* values = sums.values + sums.written * kMatrixChannels;
  std::uint16_t* to = sums.to + sums.written * by.apart;
  const std::uint16_t* added = sums.added + (sums.added == nullptr ? 0 : sums.written * by.apart);
  const std::size_t next = added == nullptr ? 0 : by.apart;
  sums.written += count;
  for (; count > 0; --count) {
    __m512 first = _mm512_load_ps(values);
    if constexpr (!kIsPlain) {
      first = finished(first, added, by, 0, some);
    }
    if constexpr (kIsWide) {
      __m512 second = _mm512_load_ps(values + 2 * kSumsOfOne);
      if constexpr (!kIsPlain) {
        second = finished(second, added == nullptr ? nullptr : added + kLanes, by, 1, more);
      }
      const auto rounded = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
      _mm512_mask_storeu_epi16(to, by.some, rounded);
    } else {
      const auto rounded = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(first));
      _mm256_mask_storeu_epi16(to, some, rounded);
    }
    values += kMatrixChannels;
    to += by.apart;
    added += next;
  }
}

std::size_t lesser(std::size_t a, std::size_t b) { return a < b ? a : b; }

void write_pixels(Sums& sums, std::size_t most) {
  const std::size_t count = lesser(most, sums.pixels - sums.written);
  if (count == 0) {
    return;
  }
  if (sums.is_wide) {
    sums.by.is_plain ? write_some<true, true>(sums, count) : write_some<true, false>(sums, count);
  } else {
    sums.by.is_plain ? write_some<false, true>(sums, count) : write_some<false, false>(sums, count);
  }
}

// Adds one step's products: registers 0 to 3 are sums, 4 and 5 pixels, 6 and 7 weights.
template <bool kIsWide>
void add_products(const std::uint16_t* pixels, std::size_t step, const std::uint16_t* weights) {
  const std::size_t bytes = step * sizeof(std::uint16_t);
  const std::size_t next = kMatrixPixels * step;
  _tile_loadd(6, weights, kRowBytes);
  _tile_loadd(4, pixels, bytes);
  _tile_dpbf16ps(0, 4, 6);
  _tile_loadd(5, pixels + next, bytes);
  _tile_dpbf16ps(1, 5, 6);
  if constexpr (kIsWide) {
    _tile_loadd(7, weights + kMatrixValues, kRowBytes);
    _tile_dpbf16ps(2, 4, 7);
    _tile_dpbf16ps(3, 5, 7);
  } else {
    _tile_loadd(7, pixels + 2 * next, bytes);
    _tile_dpbf16ps(2, 7, 6);
    _tile_loadd(4, pixels + 3 * next, bytes);
    _tile_dpbf16ps(3, 4, 6);
  }
}

// What goes into a block of sums.
struct Terms {
  const std::uint16_t* from;
  const std::uint16_t* weights;
};

// Makes `sums`, and meanwhile writes those `before`.
template <bool kIsWide>
void add_up(const Terms& terms, const MatrixLayout& layout, float* sums, Sums& before) {
  constexpr std::size_t kWeights = (kIsWide ? 2 : 1) * kMatrixValues;  // of a step
  const std::size_t steps = layout.rows * layout.steps;
  const std::size_t at_once = (before.pixels + steps - 1) / steps;
  const std::uint16_t* weights = terms.weights;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (std::size_t y = 0; y < layout.rows; ++y) {
    const std::uint16_t* pixels = terms.from + y * layout.row_in;
    for (std::size_t i = 0; i < layout.steps; ++i) {
      add_products<kIsWide>(pixels, layout.step, weights);
      pixels += kMatrixDepth;
      weights += kWeights;
      write_pixels(before, at_once);
    }
  }
  _tile_stored(0, sums, kRowBytes);
  _tile_stored(1, sums + kSumsOfOne, kRowBytes);
  _tile_stored(2, sums + 2 * kSumsOfOne, kRowBytes);
  _tile_stored(3, sums + 3 * kSumsOfOne, kRowBytes);
}

// How the sums of the channels from `channel` on are finished.
Finish finish_of(const MatrixRows& rows, const MatrixLayout& layout, std::size_t channel) {
  Finish by{};
  if (rows.shift != nullptr) {
    by.shift[0] = _mm512_loadu_ps(rows.shift + channel);
    by.shift[1] = _mm512_loadu_ps(rows.shift + channel + kMatrixChannels);
  }
  const std::size_t channels = layout.channels - channel;
  by.leaky = leaky_of(rows.slope);
  by.is_plain = rows.shift == nullptr && rows.added == nullptr && rows.slope == 1.0F;
  by.some = channels < kMatrixPanel ? (__mmask32{1} << channels) - 1 : ~__mmask32{0};
  by.apart = layout.channels;
  return by;
}

// The sums of one place are written while those of the next are made.
struct Turns {
  Sums sums[2];
  std::size_t last;  // made; of no pixels: none yet
};

// Pixels beside each other.
struct Run {
  std::size_t y;
  std::size_t first;
  std::size_t last;  // one behind
};

// Those of one panel's channels.
template <bool kIsWide>
void make_run(const MatrixRows& rows, const MatrixLayout& layout, std::size_t panel, const Run& run,
              Turns& turns) {
  constexpr std::size_t kPixels = kSums / (kIsWide ? 2 : 1) * kMatrixPixels;
  const std::size_t channel = panel * kMatrixPanel;
  const std::size_t panel_values = layout.rows * layout.steps * kMatrixPanel * kMatrixDepth;
  Terms terms{rows.from + run.y * rows.down_in + run.first * layout.step,
              rows.weights + panel * panel_values};
  const Finish by = finish_of(rows, layout, channel);
  for (std::size_t x = run.first; x < run.last; x += kPixels) {
    Sums& before = turns.sums[turns.last];
    turns.last = 1 - turns.last;
    Sums& sums = turns.sums[turns.last];
    add_up<kIsWide>(terms, layout, sums.values, before);
    const std::size_t at = x * layout.channels + channel;
    sums.by = by;
    sums.to = rows.to + run.y * rows.down_out + at;
    sums.added = rows.added == nullptr ? nullptr : rows.added + run.y * rows.down_added + at;
    sums.pixels = lesser(run.last - x, kPixels);
    sums.written = 0;
    sums.is_wide = kIsWide;
    terms.from += kPixels * layout.step;
  }
}

// Pixels that all panels make one after the other: so many that what they see stays in the first
// cache, and whole blocks of every panel.
std::size_t pixels_in_turn(const MatrixLayout& layout) {
  constexpr std::size_t kKeptBytes = 24U << 10U;
  const bool has_narrow_panel = (layout.channels - 1) % kMatrixPanel < kMatrixChannels;
  const std::size_t block = has_narrow_panel ? kMatrixRun : kMatrixRun / 2;
  const std::size_t pixel = layout.rows * layout.step * sizeof(std::uint16_t);
  const std::size_t blocks = kKeptBytes / (block * pixel);
  return (blocks == 0 ? 1 : blocks) * block;
}

}  // namespace

void convolve_by_amx(const MatrixRows& rows, const MatrixLayout& layout, std::size_t first,
                     std::size_t last) {
  _tile_loadconfig(&kConfiguration);
  const std::size_t together = pixels_in_turn(layout);
  Turns turns;
  turns.last = 0;
  turns.sums[0].pixels = 0;
  turns.sums[0].written = 0;
  for (std::size_t y = 0; y < rows.rows; ++y) {
    for (std::size_t x = 0; x < rows.pixels; x += together) {
      const Run run{y, x, lesser(x + together, rows.pixels)};
      for (std::size_t panel = first; panel < last; ++panel) {
        if (layout.channels - panel * kMatrixPanel > kMatrixChannels) {
          make_run<true>(rows, layout, panel, run, turns);
        } else {
          make_run<false>(rows, layout, panel, run, turns);
        }
      }
    }
  }
  Sums& left = turns.sums[turns.last];
  write_pixels(left, left.pixels);
  _tile_release();
}

}  // namespace stylize::strips
// NOLINTEND(modernize-avoid-c-arrays)
