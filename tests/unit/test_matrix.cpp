// Convolutions on matrix units: their kernel against sums in double precision, and whole networks
// of them. Where the processor has none, the networks run all the same, by oneDNN.
#include <sys/mman.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runnable_builds.h"
#include "script_network.h"
#include "src/infer/strips/matrix_kernels.h"

using namespace stylize;
using namespace stylize::strips;
using test::from_upper_half;
using test::kUntouchedHalf;
using test::noise;
using test::upper_halves;

namespace {

std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Values behind which nothing may be read.
class Guarded {
 public:
  explicit Guarded(const std::vector<std::uint16_t>& values)
      : bytes_(round_up(values.size() * sizeof(values[0]), kPage) + kPage),
        memory_(static_cast<std::byte*>(
            mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    REQUIRE(memory_ != MAP_FAILED);
    std::byte* const end = memory_ + bytes_ - kPage;
    REQUIRE(mprotect(end, kPage, PROT_NONE) == 0);
    data_ = reinterpret_cast<std::uint16_t*>(end) - values.size();
    std::copy(values.begin(), values.end(), data_);
  }
  ~Guarded() { munmap(memory_, bytes_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  [[nodiscard]] const std::uint16_t* data() const { return data_; }

 private:
  static constexpr std::size_t kPage = 4096;

  std::size_t bytes_;
  std::byte* memory_;
  std::uint16_t* data_ = nullptr;
};

// Rows of pixels that a square kernel makes.
struct Case {
  std::size_t in;  // channels
  std::size_t out;
  std::size_t kernel;
  std::size_t step;
  std::size_t pixels;
  std::size_t rows = 3;
  std::size_t run = kernel * in;
  std::size_t steps = (run + kMatrixDepth - 1) / kMatrixDepth;
  std::size_t width = ((pixels - 1) * step + kernel) * in;  // of a row that goes in
  // With room for what the kernel reads besides, and no more.
  std::vector<std::uint16_t> from =
      upper_halves(noise((rows - 1) * step * width + (kernel - 1) * width +
                             (round_up(pixels, kMatrixRun) - 1) * step * in + steps * kMatrixDepth,
                         1));
  std::vector<std::uint16_t> weights =
      upper_halves(noise(kernel * run * out, 2));  // [rows, run, out]
  std::vector<float> shift = noise(round_up(out, kMatrixPanel), 3);
  std::vector<std::uint16_t> added = upper_halves(noise(rows * pixels * out, 4));

  [[nodiscard]] double weight(std::size_t y, std::size_t i, std::size_t c) const {
    return from_upper_half(weights[(y * run + i) * out + c]);
  }

  [[nodiscard]] double exact(std::size_t pixel, std::size_t c, float slope, bool is_bare) const {
    const std::size_t y = pixel / pixels;
    const std::size_t x = pixel % pixels;
    double sum = is_bare ? 0.0 : shift[c];
    for (std::size_t i = 0; i < kernel * run; ++i) {
      sum += weight(i / run, i % run, c) *
             from_upper_half(from[(y * step + i / run) * width + x * step * in + i % run]);
    }
    sum = sum < 0.0 ? static_cast<double>(slope) * sum : sum;
    return is_bare ? sum : sum + from_upper_half(added[pixel * out + c]);
  }

  // In the order of the kernel.
  [[nodiscard]] std::vector<std::uint16_t> panels() const {
    std::vector<std::uint16_t> all;
    for (std::size_t panel = 0; panel < out; panel += kMatrixPanel) {
      const std::size_t matrices = out - panel > kMatrixChannels ? 2 : 1;
      for (std::size_t at = 0; at < kernel * steps * matrices * kMatrixValues; ++at) {
        const std::size_t matrix = at / kMatrixValues;
        const std::size_t step_at = matrix / matrices;
        const std::size_t i = step_at % steps * kMatrixDepth +
                              at % kMatrixValues / (2 * kMatrixChannels) * 2 + at % 2;
        const std::size_t c =
            panel + matrix % matrices * kMatrixChannels + at / 2 % kMatrixChannels;
        const std::size_t place = (step_at / steps * run + i) * out + c;
        all.push_back(i < run && c < out ? weights[place] : std::uint16_t{0});
      }
    }
    return all;
  }
};

// One pixel more than the kernel is to write. Bare: no shift, nothing added.
std::vector<std::uint16_t> convolve(const Case& one, float slope, bool is_bare) {
  const std::vector<std::uint16_t> weights = one.panels();
  std::vector<std::uint16_t> out((one.rows * one.pixels + 1) * one.out, kUntouchedHalf);
  const MatrixLayout layout{one.kernel, one.steps, one.width, one.step * one.in, one.out};
  const Guarded from(one.from);
  const MatrixRows rows{.from = from.data(),
                        .to = out.data(),
                        .added = is_bare ? nullptr : one.added.data(),
                        .rows = one.rows,
                        .pixels = one.pixels,
                        .down_in = one.step * one.width,
                        .down_out = one.pixels * one.out,
                        .down_added = one.pixels * one.out,
                        .weights = weights.data(),
                        .shift = is_bare ? nullptr : one.shift.data(),
                        .slope = slope};
  const std::size_t panels = matrix_panels(one.out);
  const std::size_t some = panels / 3;  // the rest separately
  matrix_kernel()(rows, layout, 0, some);
  matrix_kernel()(rows, layout, some, panels);
  return out;
}

void check(const Case& one, float slope, bool is_bare) {
  const std::vector<std::uint16_t> made = convolve(one, slope, is_bare);
  bool is_right = true;
  for (std::size_t i = 0; i < one.rows * one.pixels * one.out; ++i) {
    const double exact = one.exact(i / one.out, i % one.out, slope, is_bare);
    const double off = std::abs(from_upper_half(made[i]) - exact);
    is_right = is_right && off < 2e-5 + std::abs(exact) / 250.0;  // 8 bits, and sums in float
  }
  CHECK(is_right);
  CHECK(std::all_of(made.end() - static_cast<std::ptrdiff_t>(one.out), made.end(),
                    [](std::uint16_t value) { return value == kUntouchedHalf; }));
}

bool has_units() {
  if (matrix_kernel() == nullptr) {
    WARN("skipped: this processor has no matrix units (Intel AMX)");
  }
  return matrix_kernel() != nullptr;
}

}  // namespace

TEST_CASE("matrix units make sums of what a pixel sees", "[infer]") {
  if (!has_units()) {
    return;
  }
  const auto [in, out] = GENERATE(table<std::size_t, std::size_t>({{1, 16},
                                                                   {3, 17},
                                                                   {5, 32},
                                                                   {3, 40},
                                                                   {16, 48},
                                                                   {32, 64},
                                                                   {4, 81},
                                                                   {16, 1},
                                                                   {48, 3},
                                                                   {40, 33},
                                                                   {256, 48}}));
  const auto [kernel, step] =
      GENERATE(table<std::size_t, std::size_t>({{1, 1}, {1, 2}, {3, 1}, {3, 2}, {7, 1}}));
  INFO(in << " to " << out << " channels, " << kernel << " x " << kernel << ", step " << step);
  for (const std::size_t pixels : std::vector<std::size_t>{1, 15, 33, 70}) {
    const Case one{in, out, kernel, step, pixels};
    check(one, 0.2F, false);
    check(one, 1.0F, true);
  }
}

TEST_CASE("matrix sums that are cut off are 0, those that are no numbers stay so", "[infer]") {
  if (!has_units()) {
    return;
  }
  for (const std::size_t out : std::vector<std::size_t>{3, 40}) {
    Case one{16, out, 1, 1, 9};
    one.added.assign(one.added.size(), 0);
    one.shift.assign(one.shift.size(), -INFINITY);
    CHECK(convolve(one, 0.0F, false).front() == 0);
    CHECK(std::isinf(from_upper_half(convolve(one, 0.5F, false).front())));
    one.shift.assign(one.shift.size(), NAN);
    CHECK(std::isnan(from_upper_half(convolve(one, 0.0F, false).front())));
  }
}

namespace {

// Largest difference of what comes out to the same weights in double precision.
double difference(test::ScriptNetwork& network, std::int64_t height, std::int64_t width) {
  const test::ScriptPicture picture = test::made_up_picture(height, width);
  const std::vector<float> rough = network.run(picture);
  const std::vector<float> exact = network.exact(picture);
  REQUIRE(rough.size() == exact.size());
  double most = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(rough[i]) - exact[i]));
  }
  return most;
}

}  // namespace

TEST_CASE("convolutions of all kinds in bfloat16 are LibTorch's but for its rounding", "[infer]") {
  const std::string how = GENERATE(std::string("self.three, None, [1, 1], [1, 1]"),
                                   std::string("self.three, self.n, [2, 1], [0, 1]"),
                                   std::string("self.seven, self.n, [3, 3], [2, 3]"),
                                   std::string("self.high, None, [1, 2], [1, 0]"),
                                   std::string("self.few, self.r, [1, 1], [1, 1]"),
                                   std::string("self.few, None, [2, 2], [1, 1]"),
                                   std::string("self.one, None, [1, 1], [0, 0]"),
                                   std::string("self.large, None, [2, 2], [1, 1]"),
                                   std::string("self.eight, None, [1, 1], [0, 0]"),
                                   // By LibTorch.
                                   std::string("self.three, None, [1, 1], [2, 2], [2, 2]"),
                                   std::string("self.three, self.n, [1, 1], [2, 2], [2, 2]"),
                                   std::string("self.three * 2.0, None, [1, 1], [1, 1]"));
  INFO(how);
  test::ScriptNetwork network({{"a", {16, 3, 1, 1}},
                               {"three", {20, 16, 3, 3}},
                               {"seven", {20, 16, 7, 7}},
                               {"high", {33, 16, 3, 1}},
                               {"few", {3, 16, 3, 3}},
                               {"one", {1, 16, 3, 3}},
                               {"large", {530, 16, 5, 5}},
                               {"eight", {8, 16, 1, 1}},
                               {"n", {20}},
                               {"r", {3}}},
                              "  y = torch.relu(torch.conv2d(x, self.a))\n"
                              "  return torch.leaky_relu(torch.conv2d(y, " +
                                  how + "), 0.2)\n");
  network.use_bfloat16();
  for (const auto& [height, width] : {std::pair{6, 7}, {33, 47}, {130, 9}, {9, 131}}) {
    CHECK(difference(network, height, width) < 0.05);
  }
}

TEST_CASE("maps of few channels in bfloat16 are as exact in all roles", "[infer]") {
  const std::string forward = GENERATE(
      std::string("  return torch.conv2d(x, self.deep, self.r, [1, 1], [2, 2], [1, 1], 3)\n"),
      std::string("  return torch.conv2d(x, self.a * 2.0)\n"),
      std::string("  return torch.conv2d(torch.group_norm(x, 1, self.r, self.r, 1e-5), self.a)\n"),
      std::string("  y = torch.upsample_bilinear2d(x, [2 * x.size(2), 9], True)\n"
                  "  return torch.conv2d(torch.pad(y, [1, 1, 1, 1], 'replicate'), self.few)\n"),
      std::string(
          "  return torch.relu_(torch.conv2d(x, self.few, self.r, [1, 1], [1, 1]).add_(x))\n"),
      // Four channels are few, five are not.
      std::string("  y = torch.leaky_relu(torch.conv2d(x, self.to_four), 0.2)\n"
                  "  return torch.conv2d(y, self.of_four, self.r) + x\n"),
      std::string("  y = torch.leaky_relu(torch.conv2d(x, self.to_five), 0.2)\n"
                  "  return torch.conv2d(y, self.of_five, self.r) + x\n"),
      // By LibTorch, between the picture's own two uses.
      std::string("  y = torch.conv2d(torch.flip(x, [2]), self.few, None, [1, 1], [1, 1])\n"
                  "  return y + x\n"));
  INFO(forward);
  test::ScriptNetwork network({{"a", {16, 3, 1, 1}},
                               {"deep", {3, 1, 5, 5}},
                               {"few", {3, 3, 3, 3}},
                               {"to_four", {4, 3, 1, 1}},
                               {"of_four", {3, 4, 1, 1}},
                               {"to_five", {5, 3, 1, 1}},
                               {"of_five", {3, 5, 1, 1}},
                               {"r", {3}}},
                              forward);
  network.use_bfloat16();
  for (const auto& [height, width] : {std::pair{5, 5}, {33, 47}, {130, 9}}) {
    CHECK(difference(network, height, width) < 0.03);
  }
}

TEST_CASE("an operator of LibTorch's leaves the picture as exact as it was", "[infer]") {
  test::ScriptNetwork network({}, "  y = torch.flip(x, [2])\n  return (y - y) + x\n");
  network.use_bfloat16();
  const test::ScriptPicture picture = test::made_up_picture(8, 8);
  CHECK(network.run(picture) == picture.values);
}

TEST_CASE("a weight may serve with several biases, which scripts may change", "[infer]") {
  const bool is_rough = GENERATE(false, true);
  test::ScriptNetwork network({{"w", {3, 3, 3, 3}}, {"n", {3}}, {"r", {3}}},
                              "  b = self.n + 0.5\n"
                              "  y = torch.conv2d(x, self.w, b, [1, 1], [1, 1])\n"
                              "  b.mul_(-2.0)\n"
                              "  y = torch.conv2d(y, self.w, b, [1, 1], [1, 1])\n"
                              "  y = torch.conv2d(y, self.w, self.r, [1, 1], [1, 1])\n"
                              "  y = torch.conv2d(y, self.w, None, [1, 1], [1, 1])\n"
                              "  return torch.conv2d(y, self.w, self.n, [1, 1], [1, 1])\n");
  if (is_rough) {
    network.use_bfloat16();
  }
  CHECK(difference(network, 33, 40) < (is_rough ? 0.1 : 1e-4));
  CHECK(difference(network, 70, 21) < (is_rough ? 0.1 : 1e-4));
}

TEST_CASE("layers in bfloat16 that are made together are as they are alone", "[infer]") {
  const auto layer = [](const std::string& name) {
    return "  y = torch.leaky_relu(torch.conv2d(torch.pad(y, [1, 1, 1, 1], 'reflect'), self." +
           name + ", self.n" + name + "), 0.2)\n";
  };
  test::ScriptNetwork network(
      {{"a", {16, 3, 3, 3}},
       {"b", {40, 16, 3, 3}},
       {"c", {16, 40, 3, 3}},
       {"d", {3, 16, 3, 3}},
       {"na", {16}},
       {"nb", {40}},
       {"nc", {16}},
       {"nd", {3}}},
      "  y = x\n" + layer("a") + layer("b") + layer("c") + layer("d") + "  return y + x\n");
  network.use_bfloat16();
  for (const auto& [height, width] : {std::pair{3, 5}, {64, 9}, {131, 40}, {300, 17}, {70, 700}}) {
    CHECK(difference(network, height, width) < 0.1);
  }
  if (!has_units()) {
    return;
  }
  // One thread makes all of them together, many make each by itself.
  const test::ScriptPicture picture = test::made_up_picture(150, 61);
  const std::vector<float> together = network.run(picture, 1);
  CHECK(network.run(picture, 2) == together);
  CHECK(network.run(picture, 7) == together);
}
