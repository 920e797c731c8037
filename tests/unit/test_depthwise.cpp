// Depthwise convolutions: every build of their loops that this processor runs, against sums in
// double precision. Whole networks with them are in test_strips.cpp.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "runnable_builds.h"
#include "script_network.h"
#include "src/infer/strips/depthwise_kernels.h"

namespace stylize::strips {
extern const DepthwiseKernels kBaselineDepthwiseKernels;
extern const DepthwiseKernels kAvx2DepthwiseKernels;
extern const DepthwiseKernels kAvx512DepthwiseKernels;
extern const DepthwiseKernel kAvx512Bf16DepthwiseKernel;
}  // namespace stylize::strips

using namespace stylize;
using namespace stylize::strips;
using test::from_upper_half;
using test::kUntouched;
using test::noise;
using test::upper_half;

namespace {

std::vector<const DepthwiseKernels*> runnable() {
  static const DepthwiseKernels kWithBf16{kAvx512DepthwiseKernels.of_float,
                                          kAvx512Bf16DepthwiseKernel};
  std::vector<const DepthwiseKernels*> all = test::runnable_builds(
      kBaselineDepthwiseKernels, kAvx2DepthwiseKernels, kAvx512DepthwiseKernels);
  if (detect_cpu_features().avx512_bf16) {
    all.push_back(&kWithBf16);
  }
  return all;
}

// rows x columns pixels come out, in rows that are one pixel longer.
struct Sheet {
  std::size_t channels;
  std::size_t step;
  std::size_t rows;
  std::size_t columns;
  std::size_t width = (columns - 1) * step + kDepthwiseSide;  // that goes in
  std::vector<float> pixels = noise(((rows - 1) * step + kDepthwiseSide) * width * channels, 1);
  std::vector<float> weights = noise(kDepthwiseSide * kDepthwiseSide * channels, 2);
  std::vector<float> shift = noise(channels, 3);

  [[nodiscard]] DepthwiseLayout layout() const {
    return {channels, step, width * channels, (columns + 1) * channels};
  }

  [[nodiscard]] std::size_t size_out() const { return (rows + 1) * (columns + 1) * channels; }

  [[nodiscard]] double exact(std::size_t y, std::size_t x, std::size_t c, float slope) const {
    double sum = shift[c];
    for (std::size_t tap = 0; tap < kDepthwiseSide * kDepthwiseSide; ++tap) {
      const std::size_t from = (y * step + tap / kDepthwiseSide) * width + x * step;
      sum += static_cast<double>(weights[tap * channels + c]) *
             pixels[(from + tap % kDepthwiseSide) * channels + c];
    }
    return sum < 0.0 ? static_cast<double>(slope) * sum : sum;
  }
};

std::vector<float> convolve_floats(const Sheet& sheet, float slope, DepthwiseKernel kernel) {
  std::vector<float> out(sheet.size_out(), kUntouched);
  kernel(sheet.pixels.data(), out.data(), sheet.rows, sheet.columns, sheet.weights.data(),
         sheet.shift.data(), slope, sheet.layout());
  return out;
}

// The sheet's pixels must be bfloat16 already.
std::vector<float> convolve_halves(const Sheet& sheet, float slope, DepthwiseKernel kernel) {
  std::vector<std::uint16_t> in(sheet.pixels.size());
  std::transform(sheet.pixels.begin(), sheet.pixels.end(), in.begin(), upper_half);
  std::vector<std::uint16_t> halves(sheet.size_out(), upper_half(kUntouched));
  kernel(in.data(), halves.data(), sheet.rows, sheet.columns, sheet.weights.data(),
         sheet.shift.data(), slope, sheet.layout());
  std::vector<float> out(halves.size());
  std::transform(halves.begin(), halves.end(), out.begin(), from_upper_half);
  return out;
}

// Pixels that come out are right to `relative` and a millionth, others are `untouched`.
void check(const Sheet& sheet, const std::vector<float>& made, float slope, double relative,
           float untouched) {
  bool is_right = true;
  bool spills = false;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const std::size_t x = i / sheet.channels % (sheet.columns + 1);
    const std::size_t y = i / sheet.channels / (sheet.columns + 1);
    if (y < sheet.rows && x < sheet.columns) {
      const double exact = sheet.exact(y, x, i % sheet.channels, slope);
      is_right = is_right && std::abs(made[i] - exact) <= relative * std::abs(exact) + 1e-6;
    } else {
      spills = spills || made[i] != untouched;
    }
  }
  CHECK(is_right);
  CHECK_FALSE(spills);
}

}  // namespace

TEST_CASE("depthwise convolutions are sums of nine pixels", "[infer]") {
  const std::size_t channels = GENERATE(16, 17, 48, 101);
  const std::size_t step = GENERATE(1, 2);
  const auto [rows, columns] =
      GENERATE(table<std::size_t, std::size_t>({{1, 1}, {1, 4}, {2, 5}, {3, 3}, {4, 8}, {5, 11}}));
  INFO(channels << " channels, step " << step << ", " << rows << " x " << columns);
  Sheet sheet{channels, step, rows, columns};
  for (const float slope : {0.0F, 0.2F, 1.0F}) {
    for (const DepthwiseKernels* kernels : runnable()) {
      check(sheet, convolve_floats(sheet, slope, kernels->of_float), slope, 0.0, kUntouched);
    }
  }
  for (float& value : sheet.pixels) {
    value = from_upper_half(upper_half(value));
  }
  constexpr double kHalfStep = 1.0 / 256.0;  // of bfloat16's eight digits
  for (const DepthwiseKernels* kernels : runnable()) {
    check(sheet, convolve_halves(sheet, 0.2F, kernels->of_bfloat16), 0.2F, kHalfStep,
          from_upper_half(upper_half(kUntouched)));
  }
}

TEST_CASE("depthwise sums that are cut off are 0, those that are no numbers stay so", "[infer]") {
  Sheet sheet{kFewestDepthwiseChannels, 1, 1, 1};
  sheet.shift.assign(sheet.channels, -INFINITY);
  for (const DepthwiseKernels* kernels : runnable()) {
    CHECK(convolve_floats(sheet, 0.0F, kernels->of_float).front() == 0.0F);
    CHECK(convolve_halves(sheet, 0.0F, kernels->of_bfloat16).front() == 0.0F);
  }
  sheet.shift.assign(sheet.channels, NAN);
  for (const DepthwiseKernels* kernels : runnable()) {
    CHECK(std::isnan(convolve_floats(sheet, 0.0F, kernels->of_float).front()));
    CHECK(std::isnan(convolve_halves(sheet, 0.0F, kernels->of_bfloat16).front()));
  }
}

TEST_CASE("depthwise convolutions of all kinds are LibTorch's", "[infer]") {
  const std::string how = GENERATE(std::string("self.d, self.n, [1, 1], [1, 1], [1, 1], 20"),
                                   std::string("self.d, None, [2, 2], [1, 1], [1, 1], 20"),
                                   // Not by loops of our own.
                                   std::string("self.d, None, [2, 1], [0, 0], [1, 1], 20"),
                                   std::string("self.d, None, [3, 3], [2, 2], [1, 1], 20"),
                                   std::string("self.d, None, [1, 1], [2, 2], [2, 2], 20"),
                                   std::string("self.two, None, [1, 1], [1, 1], [1, 1], 20"),
                                   std::string("self.four, None, [1, 1], [1, 1], [1, 1], 5"));
  INFO(how);
  test::ScriptNetwork network({{"a", {20, 3, 1, 1}},
                               {"d", {20, 1, 3, 3}},
                               {"two", {40, 1, 3, 3}},
                               {"four", {20, 4, 3, 3}},
                               {"n", {20}}},
                              "  y = torch.relu(torch.conv2d(x, self.a))\n"
                              "  return torch.leaky_relu(torch.conv2d(y, " +
                                  how + "), 0.2)\n");
  for (const auto& [height, width] : {std::pair{5, 6}, {33, 47}, {130, 9}}) {
    CHECK(network.difference(height, width) < 2e-5);
  }
}
