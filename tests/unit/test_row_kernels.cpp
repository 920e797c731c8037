// The loops over rows: every build of them that this processor runs.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "runnable_builds.h"
#include "src/infer/strips/row_kernels.h"

namespace stylize::strips {
extern const RowKernelSet kBaselineRowKernels;
extern const RowKernelSet kAvx2RowKernels;
extern const RowKernelSet kAvx512RowKernels;
}  // namespace stylize::strips

using namespace stylize;
using namespace stylize::strips;
using test::from_upper_half;
using test::upper_half;

namespace {

std::vector<const RowKernelSet*> runnable() {
  return test::runnable_builds(kBaselineRowKernels, kAvx2RowKernels, kAvx512RowKernels);
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
