// Networks in strips keep within their memory, and give the same.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "script_network.h"
#include "stylize/core/error.h"
#include "stylize/infer/run_limits.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNothing = 1;  // byte
constexpr double kClose = 2e-5;

struct Difference {
  double largest = 0.0;
  double mean = 0.0;
};

Difference difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  Difference difference;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = std::abs(static_cast<double>(a[i]) - b[i]);
    difference.largest = std::max(difference.largest, apart);
    difference.mean += apart / static_cast<double>(a.size());
  }
  return difference;
}

RunLimits limits(std::size_t memory, Tiling tiling = Tiling::kAuto) {
  return {.memory = memory, .tiling = tiling};
}

// Halves, doubles again and adds, with padding of all kinds; sides are even.
ScriptNetwork without_norms(bool align) {
  return {{{"a", {8, 3, 7, 7}},
           {"a1", {8}},
           {"b", {16, 8, 3, 3}},
           {"c", {16, 16, 3, 3}},
           {"d", {16, 1, 3, 3}},
           {"d1", {16}},
           {"e", {3, 16, 5, 5}}},
          "  y = torch.leaky_relu(torch.conv2d(torch.pad(x, [3, 3, 3, 3], 'reflect'), self.a,\n"
          "                                    self.a1), 0.2)\n"
          "  y = torch.conv2d(torch.pad(y, [1, 1, 1, 1], 'replicate'), self.b, None, [2, 2])\n"
          "  z = torch.relu(torch.conv2d(y, self.c, None, [1, 1], [2, 2], [2, 2]))\n"
          "  z = torch.conv2d(z, self.d, self.d1, [1, 1], [1, 1], [1, 1], 16)\n"
          "  y = torch.clamp(y + z, -3.0, 3.0)\n"
          "  y = torch.upsample_bilinear2d(y, [x.size(2), x.size(3)], " +
              std::string(align ? "True" : "False") +
              ")\n"
              "  return torch.tanh(torch.conv2d(y, self.e, None, [1, 1], [2, 2]))\n"};
}

ScriptNetwork with_norms() {
  return {{{"a", {8, 3, 3, 3}},
           {"b", {16, 8, 3, 3}},
           {"c", {3, 16, 3, 3}},
           {"n8", {8}},
           {"m8", {8}},
           {"n16", {16}},
           {"m16", {16}}},
          "  y = torch.conv2d(torch.pad(x, [1, 1, 1, 1], 'reflect'), self.a)\n"
          "  y = torch.leaky_relu(torch.group_norm(y, 1, self.n8, self.m8, 1e-5), 0.2)\n"
          "  y = torch.conv2d(y, self.b, None, [2, 2], [1, 1])\n"
          "  y = torch.leaky_relu(torch.group_norm(y, 1, self.n16, self.m16, 1e-5), 0.2)\n"
          "  y = torch.upsample_bilinear2d(y, [x.size(2), x.size(3)], True)\n"
          "  return torch.tanh(torch.conv2d(y, self.c, None, [1, 1], [1, 1]))\n"};
}

}  // namespace

TEST_CASE("pictures pass by row by row where nothing needs all of them", "[infer]") {
  ScriptNetwork network = without_norms(GENERATE(false, true));
  const auto [height, width] = GENERATE(table<std::int64_t, std::int64_t>(
      {{4, 4}, {6, 300}, {64, 8}, {130, 94}, {1002, 12}, {1024, 128}}));
  INFO(height << " x " << width);
  const ScriptPicture picture = made_up_picture(height, width);
  const std::vector<float> passed = network.run_limited(picture, limits(kNothing));
  CHECK_THAT(network.limited_report(), Catch::StartsWith("row by row"));
  CHECK(difference(passed, network.run(picture)).largest < kClose);
}

TEST_CASE("pictures that fit are computed whole", "[infer]") {
  ScriptNetwork network = without_norms(true);
  const ScriptPicture picture = made_up_picture(64, 64);
  constexpr std::size_t kEnough = 1U << 20U;
  network.run_limited(picture, limits(kEnough));
  CHECK_THAT(network.limited_report(), Catch::StartsWith("in memory"));
  network.run_limited(picture, limits(kEnough / 16));
  CHECK_THAT(network.limited_report(), Catch::StartsWith("row by row"));
  network.run_limited(picture, limits(kNothing, Tiling::kOff));
  CHECK_THAT(network.limited_report(), Catch::StartsWith("in memory"));
}

TEST_CASE("a picture of another size is looked at anew", "[infer]") {
  ScriptNetwork network = without_norms(true);
  constexpr std::size_t kEnoughForSmall = 1U << 20U;
  for (const auto& [side, how] :
       {std::pair{64, "in memory"}, {64, "in memory"}, {256, "row by row"}, {64, "in memory"}}) {
    network.run_limited(made_up_picture(side, side), limits(kEnoughForSmall));
    CHECK_THAT(network.limited_report(), Catch::StartsWith(how));
  }
}

TEST_CASE("pictures pass by in bfloat16, too", "[infer]") {
  ScriptNetwork network = without_norms(GENERATE(false, true));
  network.use_bfloat16();
  const ScriptPicture picture = made_up_picture(130, 94);
  const std::vector<float> passed = network.run_limited(picture, limits(kNothing));
  CHECK_THAT(network.limited_report(), Catch::StartsWith("row by row"));
  CHECK(difference(passed, network.run(picture)).largest < 0.02);
}

TEST_CASE("what is normalized goes through files, to the same bytes", "[infer]") {
  const TempDir dir;
  ScriptNetwork network = with_norms();
  if (GENERATE(false, true)) {
    network.use_bfloat16();
  }
  const auto [height, width] =
      GENERATE(table<std::int64_t, std::int64_t>({{4, 4}, {64, 8}, {130, 94}, {512, 512}}));
  INFO(height << " x " << width);
  const ScriptPicture picture = made_up_picture(height, width);
  RunLimits tight = limits(kNothing);
  tight.spill_folder = dir.path();
  const std::vector<float> spilled = network.run_limited(picture, tight);
  CHECK_THAT(network.limited_report(), Catch::Contains("in temporary files"));
  CHECK(spilled == network.run(picture));
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("a folder for files that is not there is named", "[infer]") {
  ScriptNetwork network = with_norms();
  RunLimits tight = limits(kNothing);
  tight.spill_folder = "/nowhere/at/all";
  CHECK_THROWS_WITH(network.run_limited(made_up_picture(64, 64), tight),
                    Catch::StartsWith("/nowhere/at/all: cannot make a temporary file"));
}

TEST_CASE("a sample of a large picture stands for its statistics", "[infer]") {
  ScriptNetwork network = with_norms();
  if (GENERATE(false, true)) {
    network.use_bfloat16();
  }
  const ScriptPicture picture = made_up_picture(2176, 2176);
  constexpr std::size_t kForSample = 400'000'000;
  RunLimits fast = limits(kForSample, Tiling::kFast);
  fast.spill_folder = "/nowhere/at/all";  // needs none
  const std::vector<float> sampled = network.run_limited(picture, fast);
  CHECK_THAT(network.limited_report(), Catch::Contains("by a sample"));
  const Difference apart = difference(sampled, network.run(picture));
  CHECK(apart.mean < 0.01);
  CHECK(apart.mean > 0.0);
}

TEST_CASE("small pictures are their own sample", "[infer]") {
  ScriptNetwork network = with_norms();
  const ScriptPicture picture = made_up_picture(256, 512);
  const std::vector<float> fast =
      network.run_limited(picture, {.memory = std::size_t{1} << 30U, .tiling = Tiling::kFast});
  CHECK_THAT(network.limited_report(), Catch::StartsWith("in memory"));
  CHECK(fast == network.run(picture));
}

TEST_CASE("ways of tiling are read by their names", "[infer]") {
  CHECK(parse_tiling("auto") == Tiling::kAuto);
  CHECK(parse_tiling("off") == Tiling::kOff);
  CHECK(parse_tiling("fast") == Tiling::kFast);
  CHECK_THROWS_AS(parse_tiling("512"), Error);
}
