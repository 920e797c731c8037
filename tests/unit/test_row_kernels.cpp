// The loops over rows: every build of them that this processor runs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "runnable_builds.h"
#include "src/infer/strips/row_kernels.h"

namespace stylize::strips {
extern const RowKernelSet kBaselineRowKernels;
extern const RowKernelSet kAvx2RowKernels;
extern const RowKernelSet kAvx512RowKernels;
extern const RowKernels kAvx512Bf16RowKernels;
}  // namespace stylize::strips

using namespace stylize;
using namespace stylize::strips;
using test::from_upper_half;
using test::kUntouchedHalf;
using test::upper_half;
using test::upper_halves;

namespace {

std::vector<const RowKernelSet*> runnable() {
  static const RowKernelSet kWithBf16{kAvx512RowKernels.of_float, kAvx512Bf16RowKernels};
  std::vector<const RowKernelSet*> all =
      test::runnable_builds(kBaselineRowKernels, kAvx2RowKernels, kAvx512RowKernels);
  if (detect_cpu_features().avx512_bf16) {
    all.push_back(&kWithBf16);
  }
  return all;
}

// Half of what the last of 8 bits is worth, and what sums in float lose.
bool is_near(std::uint16_t made, double exact) {
  return std::abs(from_upper_half(made) - exact) <= std::abs(exact) / 250.0 + 1e-6;
}

// Values between -1 and 1 that repeat late.
std::vector<float> wave(std::size_t count, double step) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(std::sin(step * static_cast<double>(i)));
  }
  return values;
}

}  // namespace

TEST_CASE("rows are scaled, shifted and rectified", "[infer]") {
  const std::size_t channels = GENERATE(1, 3, 16, 37);
  const std::size_t pixels = 29;
  const std::vector<float> in = wave(pixels * channels, 0.7);
  const std::vector<float> scale = wave(channels, 1.3);
  const std::vector<float> shift = wave(channels, 2.1);
  for (const RowKernelSet* kernels : runnable()) {
    std::vector<float> out(in.size());
    kernels->of_float.activate(in.data(), out.data(), pixels, channels, scale.data(), shift.data(),
                               0.2F);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double value = static_cast<double>(scale[i % channels]) * in[i] + shift[i % channels];
      REQUIRE(out[i] == Approx(value < 0.0 ? 0.2 * value : value).margin(1e-6));
    }
  }
}

TEST_CASE("what is cut off is 0, however far below", "[infer]") {
  const std::vector<float> in{-INFINITY, -1.0F, 2.0F};
  const std::vector<float> ones(3, 1.0F);
  const std::vector<float> zeros(3, 0.0F);
  for (const RowKernelSet* kernels : runnable()) {
    std::vector<float> out(3);
    kernels->of_float.activate(in.data(), out.data(), 1, 3, ones.data(), zeros.data(), 0.0F);
    CHECK(out == std::vector<float>{0.0F, 0.0F, 2.0F});
  }
}

TEST_CASE("moments are those of double precision", "[infer]") {
  const std::size_t count = GENERATE(1, 31, 32, 2047, 2048, 2049, 100'003);
  std::vector<float> values = wave(count, 0.013);
  double mean = 0.0;
  for (float& value : values) {
    value += 500.0F;
    mean += static_cast<double>(value) / static_cast<double>(count);
  }
  double squares = 0.0;
  for (const float value : values) {
    squares += (value - mean) * (value - mean);
  }
  for (const RowKernelSet* kernels : runnable()) {
    const Moments moments = kernels->of_float.moments(values.data(), count);
    CHECK(moments.count == static_cast<double>(count));
    CHECK(moments.mean == Approx(mean).epsilon(1e-6));
    CHECK(moments.squares == Approx(squares).epsilon(1e-3).margin(1e-3));
  }
}

TEST_CASE("moments of parts make those of the whole", "[infer]") {
  const std::vector<float> values = wave(1000, 0.31);
  const RowKernels& kernels = row_kernels(Element::kFloat);
  const Moments whole = kernels.moments(values.data(), 1000);
  const Moments parts =
      combine(kernels.moments(values.data(), 300), kernels.moments(values.data() + 300, 700));
  CHECK(parts.count == whole.count);
  CHECK(parts.mean == Approx(whole.mean).margin(1e-7));
  CHECK(parts.squares == Approx(whole.squares).epsilon(1e-6));
  CHECK(combine(Moments{}, whole).squares == whole.squares);
}

TEST_CASE("rows are sampled between four pixels", "[infer]") {
  const std::vector<float> upper{0.0F, 10.0F, 1.0F, 11.0F};  // two pixels of two channels
  const std::vector<float> lower{2.0F, 20.0F, 3.0F, 21.0F};
  const std::vector<Sample> columns{{0, 1, 0.25F}, {1, 1, 0.0F}, {0, 0, 0.5F}};
  const std::vector<float> expected{1.25F, 15.25F, 2.0F, 16.0F, 1.0F, 15.0F};
  for (const RowKernelSet* kernels : runnable()) {
    std::vector<float> out(6);
    kernels->of_float.resize(upper.data(), lower.data(), 0.5F, columns.data(), out.data(), 3, 2);
    CHECK(out == expected);
  }
}

TEST_CASE("bfloat16 is rounded to the nearest, halves to even", "[infer]") {
  struct Case {
    float value;
    float rounded;
  };
  const auto [value, rounded] =
      GENERATE(Case{1.0F, 1.0F}, Case{1.00390625F, 1.0F}, Case{1.01171875F, 1.015625F},
               Case{-1.004F, -1.0078125F}, Case{3.4e38F, INFINITY});
  const std::vector<std::uint16_t> zero(3);
  const std::vector<float> scale(3, 0.0F);
  const std::vector<float> shift(3, value);
  for (const RowKernelSet* kernels : runnable()) {
    std::vector<std::uint16_t> out(3);
    kernels->of_bfloat16.activate(zero.data(), out.data(), 1, 3, scale.data(), shift.data(), 1.0F);
    CHECK(from_upper_half(out[2]) == Approx(rounded).epsilon(0.01));
    CHECK((std::isinf(rounded) || upper_half(rounded) == out[2]));
    const std::vector<float> none(3, NAN);
    kernels->of_bfloat16.activate(zero.data(), out.data(), 1, 3, scale.data(), none.data(), 1.0F);
    CHECK(std::isnan(from_upper_half(out[0])));
  }
}

TEST_CASE("rows of bfloat16 are scaled, shifted, rectified and added", "[infer]") {
  const std::size_t channels = GENERATE(1, 3, 16, 31, 32, 37, 80);
  const std::size_t pixels = 29;
  const std::vector<std::uint16_t> in = upper_halves(wave(pixels * channels, 0.7));
  const std::vector<std::uint16_t> other = upper_halves(wave(pixels * channels, 1.9));
  const std::vector<float> scale = wave(channels, 1.3);
  const std::vector<float> shift = wave(channels, 2.1);
  const std::vector<float> noise = wave(pixels, 0.4);
  for (const RowKernelSet* kernels : runnable()) {
    const RowKernels& of = kernels->of_bfloat16;
    std::vector<std::uint16_t> plain(in.size() + 1, kUntouchedHalf);
    std::vector<std::uint16_t> noisy = plain;
    std::vector<std::uint16_t> sum = other;
    sum.push_back(kUntouchedHalf);
    of.activate(in.data(), plain.data(), pixels, channels, scale.data(), shift.data(), 0.2F);
    of.activate_noisy(in.data(), noisy.data(),
                      {pixels, channels, scale.data(), shift.data(), noise.data(), 0.0F});
    of.add(in.data(), sum.data(), in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      const std::size_t c = i % channels;
      const double value = static_cast<double>(scale[c]) * from_upper_half(in[i]) + shift[c];
      REQUIRE(is_near(plain[i], value < 0.0 ? 0.2 * value : value));
      REQUIRE(is_near(noisy[i], std::max(value + noise[i / channels], 0.0)));
      REQUIRE(
          is_near(sum[i], static_cast<double>(from_upper_half(in[i])) + from_upper_half(other[i])));
    }
    CHECK(plain.back() == kUntouchedHalf);
    CHECK(noisy.back() == kUntouchedHalf);
    CHECK(sum.back() == kUntouchedHalf);
  }
}

TEST_CASE("bfloat16 that is cut off is 0, what is no number stays so", "[infer]") {
  const std::vector<std::uint16_t> in = upper_halves({-INFINITY, NAN, -1.0F});
  const std::vector<float> ones(3, 1.0F);
  const std::vector<float> zeros(3, 0.0F);
  for (const RowKernelSet* kernels : runnable()) {
    std::vector<std::uint16_t> out(3);
    kernels->of_bfloat16.activate(in.data(), out.data(), 1, 3, ones.data(), zeros.data(), 0.0F);
    CHECK(out[0] == 0);
    CHECK(std::isnan(from_upper_half(out[1])));
    CHECK(out[2] == 0);
  }
}

TEST_CASE("moments of bfloat16 are those of double precision", "[infer]") {
  const std::size_t count = GENERATE(1, 31, 33, 64, 2049, 8192, 100'003);
  const float far_off = GENERATE(0.0F, 20.0F);
  std::vector<float> values = wave(count, 0.013);
  std::for_each(values.begin(), values.end(), [&](float& value) { value += far_off; });
  const std::vector<std::uint16_t> in = upper_halves(values);
  double mean = 0.0;
  for (const std::uint16_t half : in) {
    mean += from_upper_half(half) / static_cast<double>(count);
  }
  double squares = 0.0;
  for (const std::uint16_t half : in) {
    squares += (from_upper_half(half) - mean) * (from_upper_half(half) - mean);
  }
  for (const RowKernelSet* kernels : runnable()) {
    const Moments moments = kernels->of_bfloat16.moments(in.data(), count);
    CHECK(moments.count == static_cast<double>(count));
    CHECK(moments.mean == Approx(mean).epsilon(1e-5).margin(1e-6));
    CHECK(moments.squares == Approx(squares).epsilon(1e-3).margin(1e-3));
  }
}

namespace {

// Columns of a row that gets twice as wide.
std::vector<Sample> doubled(std::int64_t width) {
  std::vector<Sample> columns;
  for (std::int64_t x = 0; x < width; ++x) {
    columns.push_back({std::max<std::int64_t>(x - 1, 0), x, 0.75F});
    columns.push_back({x, std::min(x + 1, width - 1), 0.25F});
  }
  return columns;
}

}  // namespace

TEST_CASE("rows of bfloat16 are sampled between four pixels", "[infer]") {
  // Short and long rows, of few and many channels: whatever is made together.
  const auto [channels, width] = GENERATE(table<std::size_t, std::size_t>(
      {{1, 2}, {3, 2}, {32, 2}, {45, 2}, {16, 700}, {7, 1501}, {1024, 9}, {1030, 7}, {4100, 3}}));
  const std::vector<std::uint16_t> upper = upper_halves(wave(width * channels, 0.5));
  const std::vector<std::uint16_t> lower = upper_halves(wave(width * channels, 0.8));
  const std::vector<Sample> columns = doubled(static_cast<std::int64_t>(width));
  for (const RowKernelSet* kernels : runnable()) {
    std::vector<std::uint16_t> out(columns.size() * channels + 1, kUntouchedHalf);
    kernels->of_bfloat16.resize(upper.data(), lower.data(), 0.25F, columns.data(), out.data(),
                                columns.size(), channels);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i + 1 < out.size(); ++i) {
      const Sample& column = columns[i / channels];
      const auto between = [&, c = i % channels,
                            apart = channels](const std::vector<std::uint16_t>& row) {
        const auto at = [&](std::int64_t pixel) {
          return static_cast<double>(
              from_upper_half(row[static_cast<std::size_t>(pixel) * apart + c]));
        };
        return (1.0 - column.weight) * at(column.first) + column.weight * at(column.second);
      };
      wrong += is_near(out[i], 0.75 * between(upper) + 0.25 * between(lower)) ? 0 : 1;
    }
    CHECK(wrong == 0);
    CHECK(out.back() == kUntouchedHalf);
  }
}

TEST_CASE("values are brought between two bounds", "[infer]") {
  const std::size_t count = GENERATE(1, 31, 32, 77);
  std::vector<float> values = wave(count, 0.7);
  values[count / 2] = std::numeric_limits<float>::quiet_NaN();
  for (const RowKernelSet* kernels : runnable()) {
    std::vector<float> floats = values;
    kernels->of_float.clamp(floats.data(), count, -0.25F, 0.5F);
    std::vector<std::uint16_t> halves = upper_halves(values);
    const std::vector<std::uint16_t> before = halves;
    halves.push_back(kUntouchedHalf);
    kernels->of_bfloat16.clamp(halves.data(), count, -0.25F, 0.5F);
    for (std::size_t i = 0; i < count; ++i) {
      if (i == count / 2) {
        CHECK(std::isnan(floats[i]));
        CHECK(std::isnan(from_upper_half(halves[i])));
      } else {
        REQUIRE(floats[i] == std::clamp(values[i], -0.25F, 0.5F));
        REQUIRE(from_upper_half(halves[i]) == std::clamp(from_upper_half(before[i]), -0.25F, 0.5F));
      }
    }
    CHECK(halves.back() == kUntouchedHalf);
  }
}

TEST_CASE("rows are added", "[infer]") {
  const std::vector<float> a = wave(77, 0.3);
  for (const RowKernelSet* kernels : runnable()) {
    std::vector<float> sum = wave(77, 0.9);
    const std::vector<float> before = sum;
    kernels->of_float.add(a.data(), sum.data(), sum.size());
    for (std::size_t i = 0; i < sum.size(); ++i) {
      REQUIRE(sum[i] == before[i] + a[i]);
    }
  }
}
