// Networks in strips give what LibTorch gives.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "script_network.h"
#include "stylize/core/error.h"

using namespace stylize;
using namespace stylize::test;

namespace {

constexpr double kClose = 2e-5;

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return largest;
}

// All that AnimeGANv2 is made of (models.md, section 1).
ScriptNetwork animegan(bool align) {
  const std::string corners = align ? "True" : "False";
  return {{{"a", {8, 3, 7, 7}},
           {"b", {16, 8, 3, 3}},
           {"c", {32, 16, 1, 1}},
           {"d", {32, 1, 3, 3}},
           {"bias", {32}},
           {"e", {16, 32, 1, 1}},
           {"f", {8, 16, 3, 3}},
           {"g", {3, 8, 1, 1}},
           {"n8", {8}},
           {"m8", {8}},
           {"n16", {16}},
           {"m16", {16}},
           {"n32", {32}},
           {"m32", {32}}},
          "  y = torch.conv2d(torch.pad(x, [3, 3, 3, 3], 'reflect'), self.a)\n"
          "  y = torch.leaky_relu_(torch.group_norm(y, 1, self.n8, self.m8, 1e-5), 0.2)\n"
          "  y = torch.conv2d(torch.pad(y, [0, 1, 0, 1], 'reflect'), self.b, None, [2, 2])\n"
          "  y = torch.leaky_relu_(torch.group_norm(y, 1, self.n16, self.m16, 1e-5), 0.2)\n"
          "  for i in range(2):\n"
          "    z = torch.group_norm(torch.conv2d(y, self.c), 1, self.n32, self.m32, 1e-5)\n"
          "    z = torch.pad(torch.leaky_relu(z, 0.2), [1, 1, 1, 1], 'reflect')\n"
          "    z = torch.conv2d(z, self.d, self.bias, [1, 1], [0, 0], [1, 1], 32)\n"
          "    z = torch.leaky_relu(torch.group_norm(z, 1, self.n32, self.m32, 1e-5), 0.2)\n"
          "    z = torch.group_norm(torch.conv2d(z, self.e), 1, self.n16, self.m16, 1e-5)\n"
          "    y = y + z\n"
          "  y = torch.upsample_bilinear2d(y, [x.size(2), x.size(3)], " +
              corners +
              ")\n"
              "  y = torch.conv2d(torch.pad(y, [1, 1, 1, 1], 'reflect'), self.f)\n"
              "  y = torch.leaky_relu(torch.group_norm(y, 1, self.n8, self.m8, 1e-5), 0.2)\n"
              "  return torch.tanh(torch.conv2d(y, self.g))\n"};
}

// And of the bundled style: no norms, so that blocks are computed as one.
ScriptNetwork cel() {
  return {{{"a", {8, 3, 3, 3}},
           {"a1", {8}},
           {"b", {32, 8, 1, 1}},
           {"b1", {32}},
           {"c", {32, 1, 3, 3}},
           {"c1", {32}},
           {"d", {8, 32, 1, 1}},
           {"d1", {8}},
           {"e", {3, 8, 3, 3}}},
          "  y = torch.pad(x, [1, 1, 1, 1], 'replicate')\n"
          "  y = torch.leaky_relu(torch.conv2d(y, self.a, self.a1, [2, 2]), 0.2)\n"
          "  for i in range(3):\n"
          "    z = torch.leaky_relu(torch.conv2d(y, self.b, self.b1), 0.2)\n"
          "    z = torch.conv2d(torch.pad(z, [1, 1, 1, 1], 'replicate'), self.c, self.c1,\n"
          "                     [1, 1], [0, 0], [1, 1], 32)\n"
          "    y = y + torch.conv2d(torch.leaky_relu(z, 0.2), self.d, self.d1)\n"
          "  y = torch.upsample_bilinear2d(y, None, False, [2.0, 2.0])\n"
          "  return torch.conv2d(y, self.e, None, [1, 1], [1, 1])\n"};
}

}  // namespace

TEST_CASE("AnimeGANv2's operators run in strips", "[infer]") {
  const bool align = GENERATE(false, true);
  ScriptNetwork network = animegan(align);
  const auto [height, width] = GENERATE(table<std::int64_t, std::int64_t>(
      {{8, 8}, {12, 8}, {36, 20}, {64, 64}, {260, 332}, {1024, 8}, {8, 1024}}));
  INFO(height << " x " << width);
  CHECK(network.difference(height, width) < kClose);
}

TEST_CASE("blocks without a norm run in strips", "[infer]") {
  ScriptNetwork network = cel();
  const auto [height, width] = GENERATE(
      table<std::int64_t, std::int64_t>({{2, 2}, {12, 6}, {66, 34}, {260, 332}, {1030, 10}}));
  INFO(height << " x " << width);
  CHECK(network.difference(height, width) < kClose);
}

TEST_CASE("large 3x3 convolutions are as exact as others", "[infer]") {
  ScriptNetwork network(
      {{"a", {40, 3, 1, 1}},
       {"b", {33, 40, 3, 3}},
       {"b1", {33}},
       {"c", {64, 33, 3, 3}},
       {"d", {3, 64, 3, 3}}},
      "  y = torch.relu(torch.conv2d(x, self.a))\n"
      "  y = torch.leaky_relu(torch.conv2d(torch.pad(y, [1, 1, 1, 1], 'reflect'),\n"
      "                                    self.b, self.b1), 0.1)\n"
      "  y = torch.relu(torch.conv2d(y, self.c, None, [1, 1], [1, 1]))\n"
      "  return torch.conv2d(y, self.d)\n");
  const auto [height, width] = GENERATE(table<std::int64_t, std::int64_t>(
      {{3, 3}, {4, 5}, {7, 6}, {9, 130}, {130, 9}, {61, 83}, {260, 332}}));
  INFO(height << " x " << width);
  CHECK(network.difference(height, width) < kClose);
  const ScriptPicture picture = made_up_picture(height, width);
  CHECK(largest_difference(network.run(picture), network.exact(picture)) < kClose);
}

TEST_CASE("no resize leads out of its map, whatever factors a model has", "[infer]") {
  ScriptNetwork network({}, "  return torch.upsample_bilinear2d(x, [5, 6], False, 1e-30, 1e-18)\n");
  const ScriptPicture picture = made_up_picture(8, 8);
  const auto range = std::minmax_element(picture.values.begin(), picture.values.end());
  for (const bool is_rough : {false, true}) {
    if (is_rough) {
      network.use_bfloat16();
    }
    const std::vector<float> values = network.run(picture);
    CHECK(values.size() == std::size_t{3} * 5 * 6);
    CHECK(std::all_of(values.begin(), values.end(), [&](float value) {
      return value >= *range.first && value <= *range.second;
    }));
  }
}

TEST_CASE("values are clamped along with the convolutions before them", "[infer]") {
  ScriptNetwork network({{"a", {8, 3, 1, 1}}, {"b", {3, 8, 3, 3}}},
                        "  y = torch.clamp(torch.relu(torch.conv2d(x, self.a)), None, 0.7)\n"
                        "  y = torch.clamp(torch.conv2d(y, self.b, None, [1, 1], [1, 1]), -0.2)\n"
                        "  return torch.clamp(x + y, -0.5, 1.0)\n");
  CHECK(network.difference(130, 66) < kClose);
  CHECK(network.report() == "in strips: 1 add, 3 clamp, 2 conv2d, 1 relu; whole: nothing");
}

TEST_CASE("what ran how is told", "[infer]") {
  ScriptNetwork network = animegan(true);
  network.difference(32, 32);
  CHECK(network.report() ==
        "in strips: 2 add, 10 conv2d, 9 group_norm, 5 leaky_relu, 2 leaky_relu_, 5 pad, "
        "1 tanh, 1 upsample_bilinear2d; whole: nothing");
}

TEST_CASE("lists that grow leave maps alone", "[infer]") {
  ScriptNetwork network({{"a", {3, 3, 3, 3}}},
                        "  y = torch.conv2d(x, self.a, None, [1, 1], [1, 1])\n"
                        "  factors = [2.0]\n"
                        "  factors.append(2.0)\n"
                        "  y = torch.upsample_bilinear2d(y, None, False, factors)\n"
                        "  kept = [y]\n"
                        "  kept.append(y)\n"
                        "  return torch.cat(kept, 1)\n");
  CHECK(network.difference(8, 8) < kClose);
  CHECK_THAT(network.report(), Catch::StartsWith("in strips: 1 conv2d, 1 upsample_bilinear2d;"));
}

TEST_CASE("the number of threads changes nothing", "[infer]") {
  ScriptNetwork network = animegan(true);
  const ScriptPicture picture = made_up_picture(200, 100);
  const std::vector<float> three = network.run(picture, 3);
  CHECK(network.run(picture, 3) == three);
  CHECK(largest_difference(network.run(picture, 1), three) < kClose);
}

TEST_CASE("one walk serves pictures of all sizes", "[infer]") {
  ScriptNetwork network = animegan(false);
  for (const std::int64_t side : {64, 8, 128, 36, 64}) {
    CHECK(network.difference(side, side) < kClose);
  }
}

TEST_CASE("other operators run as they are, between strips", "[infer]") {
  const std::string forward = GENERATE(
      // Takes whole maps.
      std::string("  y = torch.flip(torch.conv2d(x, self.a, None, [1, 1], [1, 1]), [2])\n"
                  "  return torch.relu(torch.conv2d(y, self.b))\n"),
      std::string("  y = torch.conv2d(x, self.a)\n"
                  "  return torch.group_norm(y, 2, self.n, self.n, 1e-5)\n"),
      // Both branches of a map that is used again.
      std::string("  y = torch.relu(torch.conv2d(x, self.a))\n"
                  "  z = torch.conv2d(y, self.c)\n"
                  "  return torch.cat([y, z, y + z], 1)\n"),
      // What is rectified is used before it is, too.
      std::string("  y = torch.conv2d(x, self.a)\n"
                  "  return torch.relu(y) + y * 2\n"),
      std::string("  y = torch.group_norm(x, 1, None, None, 1e-3)\n"
                  "  return torch.conv2d(y, self.a, None, [2, 1], [0, 2], [1, 2])\n"),
      std::string("  return torch.constant_pad_nd(torch.conv2d(x, self.a), [1, 2, 0, 1], 0.5)\n"),
      std::string("  y = torch.pad(torch.conv2d(x, self.a), [2, 0, 1, 3], 'constant', 0.0)\n"
                  "  return torch.reflection_pad2d(torch.replication_pad2d(y, [1, 2, 3, 4]),\n"
                  "                                [4, 3, 2, 1])\n"),
      // One weight in many ways, and weights that are made while running.
      std::string("  y = torch.conv2d(x, self.d, self.n)\n"
                  "  z = torch.conv2d(x, self.d, self.n * 3.0)\n"
                  "  y = torch.conv2d(y + z, self.c, None, [2, 2])\n"
                  "  y = torch.conv2d(y, self.c * 0.5)\n"
                  "  return torch.conv2d(torch.conv2d(y, self.c * 2.0), self.c * 3.0)\n"),
      // Sides that stay are copied, whatever the factor.
      std::string("  return torch.upsample_bilinear2d(torch.conv2d(x, self.a), None, False,\n"
                  "                                   [1.01, 1.2])\n"),
      std::string("  y = torch.conv2d(x, self.a)\n"
                  "  buffer = torch.zeros_like(y)\n"
                  "  torch.add(y, y, alpha=1, out=buffer)\n"
                  "  return buffer * 2.0\n"),
      std::string("  print(x.size(1), 'channels of {}'.format(x.size(2)))\n"
                  "  return torch.conv2d(x, self.a)\n"),
      std::string("  y = torch.conv2d(x, self.a)\n"
                  "  torch.relu_(y)\n"
                  "  for i in range(2):\n"
                  "    y = torch.conv2d(y, self.c) + y\n"
                  "  return y\n"),
      std::string("  y = torch.upsample_bilinear2d(torch.conv2d(x, self.a), [7, 50], True)\n"
                  "  return torch.upsample_bilinear2d(y, [31, 9], False)\n"));
  INFO(forward);
  ScriptNetwork network({{"a", {4, 3, 3, 3}},
                         {"b", {3, 4, 1, 1}},
                         {"c", {4, 4, 1, 1}},
                         {"d", {4, 3, 1, 1}},
                         {"n", {4}}},
                        forward);
  CHECK(network.difference(21, 34) < kClose);
}

TEST_CASE("what is changed in place is changed for all who see it", "[infer]") {
  const std::string forward = GENERATE(
      std::string("  y = torch.conv2d(x, self.a)\n"
                  "  z = y\n"
                  "  torch.relu_(y)\n"
                  "  return z * 1.0\n"),
      std::string("  y = torch.conv2d(x, self.a)\n"
                  "  before = torch.leaky_relu(y, 0.5)\n"
                  "  y.add_(y)\n"
                  "  return torch.cat([before, y], 1)\n"),
      // By an operator of LibTorch, which must not reach what was made before.
      std::string("  y = x * 1.0\n"
                  "  padded = torch.pad(y, [1, 1, 1, 1], 'reflect')\n"
                  "  y.mul_(5.0)\n"
                  "  return torch.conv2d(padded, self.a) + torch.conv2d(y, self.a, None, [1, 1],\n"
                  "                                                     [1, 1])\n"),
      std::string("  y = x * 1.0\n"
                  "  part = y[:, :, 1:]\n"
                  "  torch.relu_(part.neg_())\n"
                  "  return torch.conv2d(y, self.a)\n"));
  INFO(forward);
  ScriptNetwork network({{"a", {4, 3, 3, 3}}}, forward);
  CHECK(network.difference(9, 12) < kClose);
}

TEST_CASE("scripts choose by size, go round and leave early", "[infer]") {
  ScriptNetwork network(
      {{"a", {3, 3, 3, 3}}},
      "  if x.size(2) > 20:\n"
      "    x = torch.upsample_bilinear2d(x, [x.shape[2] // 2, x.shape[3] // 2], False)\n"
      "  i = 0\n"
      "  while i < 5:\n"
      "    x = torch.relu(torch.conv2d(x, self.a, None, [1, 1], [1, 1]))\n"
      "    i += 2\n"
      "    if x.size(3) > 100:\n"
      "      return x\n"
      "  sizes = [x.size(-1), x.dim()]\n"
      "  first, second = sizes\n"
      "  pair = (x, first + second)\n"
      "  return pair[0] * float(pair[1])\n");
  for (const auto& [height, width] : {std::pair{16, 16}, {24, 16}, {24, 300}, {16, 300}}) {
    INFO(height << " x " << width);
    CHECK(network.difference(height, width) < 1e-3);
  }
}

TEST_CASE("norms of large and of equal values are sound", "[infer]") {
  ScriptNetwork network({{"n", {3}}}, "  return torch.group_norm(x, 1, self.n, self.n, 1e-5)\n");
  const ScriptPicture large = made_up_picture(200, 200, 3000.0F);
  CHECK(largest_difference(network.run(large), network.exact(large)) < 2e-3);
  ScriptPicture flat{40, 40, std::vector<float>(4800, 0.7F)};
  CHECK(largest_difference(network.run(flat), network.exact(flat)) < 1e-3);
}

TEST_CASE("what LibTorch's interpreter alone can run is left to it", "[infer]") {
  ScriptNetwork network({{"a", {3, 3, 1, 1}}},
                        "  assert x.size(2) < 10, 'too high'\n"
                        "  return torch.conv2d(x, self.a)\n");
  CHECK(network.difference(8, 8) < kClose);
  try {
    network.run(made_up_picture(16, 8));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kModelInvalid);
  }
  CHECK(network.difference(8, 8) < kClose);  // none the worse for it
}

TEST_CASE("operands that LibTorch refuses are left to its error", "[infer]") {
  const std::string forward =
      GENERATE(std::string("  return torch.conv2d(x, self.a, None, [0, 0])\n"),
               std::string("  return torch.conv2d(x, self.a, None, [-1, 1])\n"),
               std::string("  return torch.conv2d(x, self.a, None, [1, 1], [-1, -1])\n"),
               std::string("  return torch.conv2d(x, self.a, None, [1, 1], [0, 0], [-3, -3])\n"),
               std::string("  return torch.conv2d(x, self.a, self.short)\n"),
               std::string("  return torch.conv2d(x, self.a, None, [1, 1], [0, 0], [1, 1], 2)\n"),
               std::string("  return torch.group_norm(x, 1, self.short, None, 1e-5)\n"),
               std::string("  return torch.pad(x, [8, 0, 0, 0], 'reflect')\n"),
               std::string("  y = torch.pad(x, [1152921504606846976, 0, 0, 0], 'replicate')\n"
                           "  return torch.conv2d(y, self.a, None, [1, 1152921504606846976])\n"));
  INFO(forward);
  ScriptNetwork network({{"a", {4, 3, 1, 1}}, {"short", {1}}}, forward);
  CHECK_THROWS(network.run(made_up_picture(8, 8)));
}

TEST_CASE("long rows of operators are no long rows of calls", "[infer]") {
  ScriptNetwork network({{"a", {3, 3, 1, 1}}},
                        "  for i in range(20000):\n"
                        "    x = torch.leaky_relu(torch.relu(x), 0.5)\n"
                        "  return torch.conv2d(x, self.a)\n");
  CHECK(network.difference(4, 4) < kClose);
}

TEST_CASE("bfloat16 runs in strips", "[infer]") {
  ScriptNetwork network = animegan(true);
  const ScriptPicture picture = made_up_picture(96, 64);
  const std::vector<float> exact = network.exact(picture);
  network.use_bfloat16();
  const std::vector<float> rough = network.run(picture);
  REQUIRE(rough.size() == exact.size());
  double sum = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    sum += std::abs(static_cast<double>(rough[i]) - exact[i]);
  }
  CHECK(sum / static_cast<double>(exact.size()) < 0.02);
}
