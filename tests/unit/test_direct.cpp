// Direct convolutions: every build of their loops that this processor runs, against sums in double
// precision, and whole networks of them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "runnable_builds.h"
#include "script_network.h"
#include "src/infer/strips/direct_kernels.h"

namespace stylize::strips {
extern const DirectKernels kBaselineDirectKernels;
extern const DirectKernels kAvx2DirectKernels;
extern const DirectKernels kAvx512DirectKernels;
}  // namespace stylize::strips

using namespace stylize;
using namespace stylize::strips;
using test::kUntouched;
using test::noise;

namespace {

std::vector<const DirectKernels*> runnable() {
  return test::runnable_builds(kBaselineDirectKernels, kAvx2DirectKernels, kAvx512DirectKernels);
}

// A row of pixels that a square kernel makes.
struct Case {
  std::size_t in;  // channels
  std::size_t out;
  std::size_t kernel;
  std::size_t step;
  std::size_t pixels;
  std::size_t run = kernel * in;
  std::size_t width = ((pixels - 1) * step + kernel) * in;  // of a row that goes in
  std::vector<float> from = noise(kernel * width, 1);
  std::vector<float> weights = noise(kernel * run * out, 2);  // [rows, run, out]
  std::vector<float> shift = noise(out, 3);
  std::vector<float> added = noise(pixels * out, 4);

  [[nodiscard]] DirectLayout layout() const {
    return {run, kernel, static_cast<std::ptrdiff_t>(width), step * in, out};
  }

  [[nodiscard]] double exact(std::size_t x, std::size_t c, float slope, bool is_bare) const {
    double sum = is_bare ? 0.0 : shift[c];
    for (std::size_t i = 0; i < kernel * run; ++i) {
      sum += static_cast<double>(weights[i * out + c]) *
             from[i / run * width + x * step * in + i % run];
    }
    sum = sum < 0.0 ? static_cast<double>(slope) * sum : sum;
    return is_bare ? sum : sum + added[x * out + c];
  }

  // In the order of the kernels.
  [[nodiscard]] std::vector<float> panels() const {
    std::vector<float> all;
    for (std::size_t c = 0; c < out; c += kPanel) {
      for (std::size_t i = 0; i < kernel * run; ++i) {
        const auto start =
            weights.begin() + static_cast<std::ptrdiff_t>(i * out + std::min(c, out - kPanel));
        all.insert(all.end(), start, start + kPanel);
      }
    }
    return all;
  }

  [[nodiscard]] std::vector<float> by_channel() const {
    std::vector<float> all;
    for (std::size_t c = 0; c < out; ++c) {
      for (std::size_t i = 0; i < kernel * run; ++i) {
        all.push_back(weights[i * out + c]);
      }
    }
    return all;
  }
};

// One pixel more than the kernel is to write. Bare: no shift, nothing added.
std::vector<float> convolve(const Case& one, float slope, bool is_bare,
                            const DirectKernels& kernels) {
  const bool is_wide = one.out >= kPanel;
  const std::vector<float> weights = is_wide ? one.panels() : one.by_channel();
  std::vector<float> out((one.pixels + 1) * one.out, kUntouched);
  const DirectRow row{.from = one.from.data(),
                      .to = out.data(),
                      .pixels = one.pixels,
                      .weights = weights.data(),
                      .shift = is_bare ? nullptr : one.shift.data(),
                      .added = is_bare ? nullptr : one.added.data(),
                      .slope = slope};
  if (is_wide) {
    const std::size_t panels = (one.out + kPanel - 1) / kPanel;
    const std::size_t some = panels / 3;  // the rest separately
    kernels.wide(row, one.layout(), 0, some);
    kernels.wide(row, one.layout(), some, panels);
  } else {
    kernels.narrow(row, one.layout());
  }
  return out;
}

void check(const Case& one, float slope, bool is_bare) {
  const double most_off = 1e-6 + 1e-7 * static_cast<double>(one.kernel * one.run);  // terms
  for (const DirectKernels* kernels : runnable()) {
    const std::vector<float> made = convolve(one, slope, is_bare, *kernels);
    bool is_right = true;
    for (std::size_t i = 0; i < one.pixels * one.out; ++i) {
      const double exact = one.exact(i / one.out, i % one.out, slope, is_bare);
      is_right = is_right && std::abs(made[i] - exact) < most_off;
    }
    CHECK(is_right);
    CHECK(std::all_of(made.end() - static_cast<std::ptrdiff_t>(one.out), made.end(),
                      [](float value) { return value == kUntouched; }));
  }
}

}  // namespace

TEST_CASE("direct convolutions are sums of what a pixel sees", "[infer]") {
  const auto [in, out] = GENERATE(table<std::size_t, std::size_t>({{1, 16},
                                                                   {3, 17},
                                                                   {5, 32},
                                                                   {3, 40},
                                                                   {16, 48},
                                                                   {2, 64},
                                                                   {4, 81},
                                                                   {16, 1},
                                                                   {48, 3},
                                                                   {16, 15},
                                                                   {7, 2},
                                                                   {21, 3}}));
  const auto [kernel, step] =
      GENERATE(table<std::size_t, std::size_t>({{1, 1}, {1, 2}, {3, 1}, {3, 2}, {7, 1}}));
  INFO(in << " to " << out << " channels, " << kernel << " x " << kernel << ", step " << step);
  for (const std::size_t pixels : std::vector<std::size_t>{1, 2, 5, 8, 15, 33}) {
    const Case one{in, out, kernel, step, pixels};
    check(one, 0.2F, false);
    check(one, 1.0F, true);
  }
}

TEST_CASE("direct sums that are cut off are 0, those that are no numbers stay so", "[infer]") {
  for (const std::size_t out : {std::size_t{3}, kPanel}) {
    Case one{16, out, 1, 1, 9};
    one.added.assign(one.added.size(), 0.0F);
    one.shift.assign(out, -INFINITY);
    for (const DirectKernels* kernels : runnable()) {
      CHECK(convolve(one, 0.0F, false, *kernels).front() == 0.0F);
    }
    one.shift.assign(out, NAN);
    for (const DirectKernels* kernels : runnable()) {
      CHECK(std::isnan(convolve(one, 0.0F, false, *kernels).front()));
    }
  }
}

TEST_CASE("direct convolutions of all kinds are LibTorch's", "[infer]") {
  const std::string how = GENERATE(std::string("self.three, None, [1, 1], [1, 1]"),
                                   std::string("self.three, self.n, [2, 1], [0, 1]"),
                                   std::string("self.seven, self.n, [3, 3], [2, 3]"),
                                   std::string("self.high, None, [1, 2], [1, 0]"),
                                   std::string("self.few, None, [1, 1], [1, 1]"),
                                   std::string("self.large, None, [2, 2], [1, 1]"),
                                   std::string("self.eight, None, [1, 1], [0, 0]"),
                                   // By LibTorch.
                                   std::string("self.three, None, [1, 1], [2, 2], [2, 2]"),
                                   std::string("self.three + x.mean(), None, [1, 1], [1, 1]"));
  INFO(how);
  test::ScriptNetwork network({{"a", {16, 3, 1, 1}},
                               {"three", {20, 16, 3, 3}},
                               {"seven", {20, 16, 7, 7}},
                               {"high", {33, 16, 3, 1}},
                               {"few", {3, 16, 3, 3}},
                               {"large", {530, 16, 5, 5}},
                               {"eight", {8, 16, 1, 1}},
                               {"n", {20}}},
                              "  y = torch.relu(torch.conv2d(x, self.a))\n"
                              "  return torch.leaky_relu(torch.conv2d(y, " +
                                  how + "), 0.2)\n");
  for (const auto& [height, width] : {std::pair{6, 7}, {33, 47}, {130, 9}}) {
    CHECK(network.difference(height, width) < 3e-5);
  }
}

namespace {

// Narrow layers one behind the other, which high strips make together.
test::ScriptNetwork chain(const std::string& mode) {
  const auto layer = [&](const std::string& name) {
    return "  y = torch.leaky_relu(torch.conv2d(torch.pad(y, [1, 1, 1, 1], '" + mode + "'), self." +
           name + "), 0.2)\n";
  };
  return {
      {{"a", {16, 3, 3, 3}}, {"b", {20, 16, 3, 3}}, {"c", {16, 20, 3, 3}}, {"d", {3, 16, 3, 3}}},
      "  y = x\n" + layer("a") + layer("b") + layer("c") + layer("d") + "  return y + x\n"};
}

}  // namespace

TEST_CASE("layers that are made together are as they are alone", "[infer]") {
  const std::string mode =
      GENERATE(std::string("reflect"), std::string("replicate"), std::string("constant"));
  INFO(mode);
  test::ScriptNetwork network = chain(mode);
  for (const auto& [height, width] : {std::pair{3, 5}, {64, 9}, {131, 40}, {300, 17}, {70, 700}}) {
    CHECK(network.difference(height, width) < 3e-5);
  }
  // One thread makes all of them together, many make each by itself.
  const test::ScriptPicture picture = test::made_up_picture(150, 60);
  const std::vector<float> together = network.run(picture, 1);
  CHECK(network.run(picture, 2) == together);
  CHECK(network.run(picture, 7) == together);
}

TEST_CASE("what convolutions make and two read is LibTorch's", "[infer]") {
  const std::string change =
      GENERATE(std::string("torch.relu(y + torch.conv2d(y, self.w, None, [1, 1], [1, 1]))"),
               std::string("torch.pad(torch.conv2d(y, self.p), [0, 0, 0, 0], 'reflect')"));
  INFO(change);
  test::ScriptNetwork network(
      {{"a", {16, 3, 3, 3}}, {"w", {16, 16, 3, 3}}, {"p", {16, 16, 1, 1}}, {"n", {3, 16, 3, 3}}},
      "  y = torch.relu(torch.conv2d(x, self.a, None, [1, 1], [1, 1]))\n"
      "  y = " +
          change +
          "\n"
          "  z = torch.conv2d(y, self.w, None, [1, 1], [1, 1])\n"
          "  z = z + torch.conv2d(torch.pad(y, [3, 3, 3, 3], 'replicate'), self.w, None, [1, 1], "
          "[0, 0], [3, 3])\n"
          "  return torch.conv2d(z + y, self.n, None, [1, 1], [1, 1])\n");
  for (const auto& [height, width] : {std::pair{5, 6}, {197, 33}, {80, 600}}) {
    CHECK(network.difference(height, width) < 3e-5);
  }
}

TEST_CASE("sums with what a convolution makes are LibTorch's", "[infer]") {
  const std::string sum = GENERATE(
      std::string("y + torch.conv2d(y, self.p)"), std::string("torch.conv2d(y, self.p) + y"),
      std::string("torch.conv2d(y, self.p) + torch.conv2d(y, self.q)"),
      std::string("y + torch.conv2d(y, self.w, None, [1, 1], [1, 1])"),
      std::string("torch.conv2d(y, self.g, None, [1, 1], [1, 1], [1, 1], 32)"
                  " + y"));
  INFO(sum);
  test::ScriptNetwork network({{"a", {32, 3, 3, 3}},
                               {"p", {32, 32, 1, 1}},
                               {"q", {32, 32, 1, 1}},
                               {"w", {32, 32, 3, 3}},
                               {"g", {32, 1, 3, 3}},
                               {"n", {3, 32, 1, 1}}},
                              "  y = torch.relu(torch.conv2d(x, self.a, None, [1, 1], [1, 1]))\n"
                              "  y = " +
                                  sum +
                                  "\n"
                                  "  z = torch.conv2d(y, self.p)\n"
                                  "  return torch.conv2d(y + z, self.n)\n");
  for (const auto& [height, width] : {std::pair{5, 6}, {97, 33}}) {
    CHECK(network.difference(height, width) < 3e-5);
  }
}
