// Winograd's transforms: every build of them that this processor runs, and whole convolutions by
// them, against sums in double precision.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "runnable_builds.h"
#include "script_network.h"
#include "src/infer/strips/winograd_kernels.h"

namespace stylize::strips {
extern const WinogradKernels kBaselineWinogradKernels;
extern const WinogradKernels kAvx2WinogradKernels;
extern const WinogradKernels kAvx512WinogradKernels;
}  // namespace stylize::strips

using namespace stylize;
using namespace stylize::strips;
using test::kUntouched;
using test::noise;

namespace {

std::vector<const WinogradKernels*> runnable() {
  return test::runnable_builds(kBaselineWinogradKernels, kAvx2WinogradKernels,
                               kAvx512WinogradKernels);
}

// One tile, of which rows x columns pixels come out.
struct Tile {
  std::size_t side;  // 3 or 4
  std::size_t in;    // channels
  std::size_t out;
  std::size_t rows;
  std::size_t columns;
  std::size_t kernel = kTileInput + 1 - side;
  std::size_t width = columns + kernel - 1;  // that goes in
  std::vector<float> pixels = noise((rows + kernel - 1) * width * in, 1);
  std::vector<float> weights = noise(kernel * kernel * in * out, 2);  // [y, x, in, out]
  std::vector<float> shift = noise(out, 3);

  [[nodiscard]] double exact(std::size_t y, std::size_t x, std::size_t o, float slope) const {
    double sum = shift[o];
    for (std::size_t tap = 0; tap < kernel * kernel; ++tap) {
      const std::size_t from = (y + tap / kernel) * width + x + tap % kernel;
      for (std::size_t c = 0; c < in; ++c) {
        sum += static_cast<double>(weights[(tap * in + c) * out + o]) * pixels[from * in + c];
      }
    }
    return sum < 0.0 ? static_cast<double>(slope) * sum : sum;
  }
};

// A number of G: what a tap of a kernel counts at one of the points, over the product of the
// point's distances to the others; at infinity only the last tap counts.
double factor(std::size_t point, std::size_t tap, std::size_t taps) {
  const std::array<double, 5> points{0.0, kNear, -kNear, kFar, -kFar};
  if (point == points.size()) {
    return tap + 1 == taps ? 1.0 : 0.0;
  }
  double value = std::pow(points.at(point), static_cast<double>(tap));
  for (std::size_t other = 0; other < points.size(); ++other) {
    value /= other == point ? 1.0 : points.at(point) - points.at(other);
  }
  return value;
}

// G g transpose(G) of each kernel: [36, in, out].
std::vector<double> transformed(const Tile& tile) {
  std::vector<double> all(kTileProducts * tile.in * tile.out);
  const std::size_t kernels = tile.in * tile.out;
  for (std::size_t product = 0; product < kTileProducts; ++product) {
    for (std::size_t tap = 0; tap < tile.kernel * tile.kernel; ++tap) {
      const double by = factor(product / kTileInput, tap / tile.kernel, tile.kernel) *
                        factor(product % kTileInput, tap % tile.kernel, tile.kernel);
      for (std::size_t i = 0; i < kernels; ++i) {
        all[product * kernels + i] += by * tile.weights[tap * kernels + i];
      }
    }
  }
  return all;
}

// Pixels that come out, in rows that are one pixel longer.
std::vector<float> convolve(const Tile& tile, const std::vector<double>& weights, float slope,
                            const WinogradKernels& kernels) {
  std::vector<float> in(kTileProducts * tile.in);
  kernels.to_products(tile.pixels.data(), tile.rows + tile.kernel - 1, tile.width, in.data(),
                      {tile.in, tile.width * tile.in, tile.in});
  std::vector<float> products(kTileProducts * tile.out);
  for (std::size_t product = 0; product < kTileProducts; ++product) {
    for (std::size_t o = 0; o < tile.out; ++o) {
      double sum = 0.0;
      for (std::size_t c = 0; c < tile.in; ++c) {
        sum += in[product * tile.in + c] * weights[(product * tile.in + c) * tile.out + o];
      }
      products[product * tile.out + o] = static_cast<float>(sum);
    }
  }
  std::vector<float> out((tile.side + 1) * (tile.columns + 1) * tile.out, kUntouched);
  kernels.from_products(products.data(), out.data(), tile.side, tile.rows, tile.columns,
                        tile.shift.data(), slope,
                        {tile.out, (tile.columns + 1) * tile.out, tile.out});
  return out;
}

// Pixels that come out are right to millionths of the largest, others untouched.
void check(const Tile& tile, const std::vector<float>& made, float slope) {
  double off = 0.0;
  double largest = 0.0;
  bool spills = false;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const std::size_t o = i % tile.out;
    const std::size_t x = i / tile.out % (tile.columns + 1);
    const std::size_t y = i / tile.out / (tile.columns + 1);
    if (y < tile.rows && x < tile.columns) {
      const double exact = tile.exact(y, x, o, slope);
      off = std::max(off, std::abs(made[i] - exact));
      largest = std::max(largest, std::abs(exact));
    } else {
      spills = spills || made[i] != kUntouched;
    }
  }
  CHECK(off < 3e-6 * largest);
  CHECK_FALSE(spills);
}

}  // namespace

TEST_CASE("tiles by Winograd are convolutions", "[infer]") {
  const std::size_t side = GENERATE(3, 4);
  const auto [in, out] = GENERATE(table<std::size_t, std::size_t>(
      {{16, 16}, {17, 16}, {16, 23}, {37, 31}, {32, 48}, {64, 33}}));
  const auto [rows, columns] =
      GENERATE(table<std::size_t, std::size_t>({{1, 1}, {1, 4}, {2, 3}, {3, 2}, {4, 1}, {4, 4}}));
  const Tile tile{side, in, out, std::min(rows, side), std::min(columns, side)};
  const std::vector<double> weights = transformed(tile);
  INFO(side << ": " << in << " to " << out << ", " << rows << " x " << columns);
  for (const float slope : {0.0F, 0.2F, 1.0F}) {
    for (const WinogradKernels* kernels : runnable()) {
      check(tile, convolve(tile, weights, slope, *kernels), slope);
    }
  }
}

TEST_CASE("tiles that are cut off are 0, however far below", "[infer]") {
  const std::vector<float> products(kTileProducts * kFewestTileChannels, 0.0F);
  const std::vector<float> shift(kFewestTileChannels, -INFINITY);
  for (const WinogradKernels* kernels : runnable()) {
    constexpr std::size_t kSide = 4;
    std::vector<float> out(kSide * kSide * kFewestTileChannels, kUntouched);
    kernels->from_products(products.data(), out.data(), kSide, kSide, kSide, shift.data(), 0.0F,
                           {kFewestTileChannels, kSide * kFewestTileChannels, kFewestTileChannels});
    CHECK(out == std::vector<float>(out.size(), 0.0F));
  }
}

TEST_CASE("convolutions by Winograd are as exact as others", "[infer]") {
  const std::string size = GENERATE(std::string("three"), std::string("seven"));
  test::ScriptNetwork network(
      {{"a", {70, 3, 1, 1}}, {"three", {33, 70, 3, 3}}, {"seven", {33, 70, 7, 7}}, {"bias", {33}}},
      "  y = torch.relu(torch.conv2d(x, self.a))\n"
      "  y = torch.conv2d(torch.pad(y, [3, 3, 3, 3], 'reflect'), self." +
          size + ", self.bias)\n  return torch.leaky_relu(y, 0.2)\n");
  const auto [height, width] = GENERATE(table<std::int64_t, std::int64_t>(
      {{4, 4}, {5, 7}, {6, 9}, {7, 40}, {40, 8}, {61, 83}, {30, 700}, {100, 332}}));
  INFO(size << ", " << height << " x " << width);
  const test::ScriptPicture picture = test::made_up_picture(height, width);
  const std::vector<float> exact = network.exact(picture);
  const std::vector<float> made = network.run(picture);
  REQUIRE(made.size() == exact.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < made.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(made[i]) - exact[i]));
  }
  CHECK(largest < 5e-6);
}
