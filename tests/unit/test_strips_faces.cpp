// StyleGAN2's layers in strips give what LibTorch gives.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "script_network.h"

using namespace stylize::test;

namespace {

constexpr double kClose = 2e-5;

struct Layer {
  std::int64_t in = 32;
  std::int64_t out = 16;
  bool doubles = false;
  std::string filter = "torch.outer(self.down, self.across)";
  std::string flip = "[2, 3]";  // of the filter
  std::string padding = "kernel.size(2) // 2";
  std::string dilation = "[1, 1]";
  std::string count = "y.size(0) == 1";
  std::string add = "add_";
};

std::string convolution(const Layer& layer) {
  if (!layer.doubles) {
    return "    z = torch.conv2d(y, kernel, bias, [1, 1], [" + layer.padding + ", " +
           layer.padding + "], " + layer.dilation + ", 1)\n";
  }
  return "    wide = torch.conv_transpose2d(y, kernel.transpose(0, 1), None, [2, 2], [0, 0], "
         "[0, 0], 1, [1, 1])\n"
         "    each = filter.view([1, 1, 4, 4]).expand([wide.size(1), 1, 4, 4])\n"
         "    z = torch.conv2d(wide, each.flip(" +
         layer.flip + "), bias, [1, 1], [1, 1], [1, 1], wide.size(1))\n";
}

// As scripts/export/stylegan2.py has it (ModulatedConv, StyledConv), with a style that depends on
// the picture.
ScriptNetwork styled(const Layer& layer) {
  const std::string times = layer.doubles ? "2" : "1";
  const std::string body =
      "  y = torch.conv2d(x, self.colors)\n"
      "  filter = " +
      layer.filter +
      "\n"
      "  bias = self.bias * 1.4\n"
      "  own = self.noise[:, :, :" +
      times + " * y.size(2), :" + times +
      " * y.size(3)]\n"
      "  s = torch.linear(x.mean([2, 3]), self.affine).float() + 1.0\n"
      "  energy = self.weight[0].float().square().sum([2, 3])\n"
      "  d = torch.rsqrt(torch.linear(s.square(), energy) + 1e-8) * 1.4\n"
      "  if " +
      layer.count +
      ":\n"
      "    factors = (d.view([-1, 1]) * s).to(y.dtype)\n"
      "    kernel = self.weight[0] * factors[:, :, None, None]\n" +
      convolution(layer) +
      "  else:\n"
      "    z = y\n"
      "  own = own.to(z.dtype) * (self.strength * 9.0)\n"
      "  z = z." +
      layer.add +
      "(own)\n"
      "  return torch.leaky_relu_(z, 0.2)\n";
  return {{{"colors", {layer.in, 3, 1, 1}},
           {"affine", {layer.in, 3}},
           {"weight", {1, layer.out, layer.in, 3, 3}},
           {"square", {4, 4}},
           {"down", {4}},
           {"across", {4}},
           {"bias", {layer.out}},
           {"strength", {1}},
           {"noise", {1, 1, 160, 160}}},
          body};
}

bool is_in_strips(const ScriptNetwork& network) {
  return network.report().find("styled_layer") != std::string::npos;
}

}  // namespace

TEST_CASE("styled convolutions", "[infer]") {
  const auto [in, out] = GENERATE(std::pair{32, 32}, std::pair{48, 16}, std::pair{5, 7});
  ScriptNetwork network = styled({.in = in, .out = out});
  // Small ones, one that has no whole tiles, and one of several strips.
  for (const auto& [height, width] :
       {std::pair{4, 4}, std::pair{32, 32}, std::pair{37, 70}, std::pair{160, 96}}) {
    CAPTURE(in, out, height, width);
    CHECK(network.difference(height, width) < kClose);
    CHECK(is_in_strips(network));
  }
}

TEST_CASE("styled convolutions that double the sides", "[infer]") {
  const auto [in, out] = GENERATE(std::pair{32, 32}, std::pair{16, 48}, std::pair{20, 16});
  const bool is_outer = GENERATE(true, false);
  Layer layer{.in = in, .out = out, .doubles = true};
  layer.filter = is_outer ? layer.filter : "self.square";
  ScriptNetwork network = styled(layer);
  for (const auto& [height, width] :
       {std::pair{4, 4}, std::pair{64, 64}, std::pair{66, 70}, std::pair{80, 68}}) {
    CAPTURE(in, out, is_outer, height, width);
    CHECK(network.difference(height, width) < 2 * kClose);
    CHECK(is_in_strips(network));
  }
}

TEST_CASE("any number of threads draws the same styled layer", "[infer]") {
  const bool doubles = GENERATE(true, false);
  ScriptNetwork network = styled({.doubles = doubles});
  const ScriptPicture picture = made_up_picture(80, 80);
  const std::vector<float> alone = network.run(picture, 1);
  const std::vector<float> together = network.run(picture, 3);
  REQUIRE(alone.size() == together.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < alone.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(alone[i]) - together[i]));
  }
  CHECK(largest < kClose);
}

TEST_CASE("layers of another kind are left to LibTorch", "[infer]") {
  Layer layer{.doubles = GENERATE(true, false)};
  SECTION("dilated, or with a filter turned upside down") {
    layer.padding = "2";
    layer.dilation = "[2, 2]";
    layer.flip = "[2]";
  }
  SECTION("the way of another number of pictures") { layer.count = "y.size(1) == 32"; }
  SECTION("a sum that is another tensor") { layer.add = "add"; }
  ScriptNetwork network = styled(layer);
  CHECK(network.difference(48, 40) < kClose);
  CHECK_FALSE(is_in_strips(network));
}
