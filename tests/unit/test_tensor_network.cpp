#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/infer/tensor_network.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;

namespace {

const Device kCpu{DeviceKind::kCpu, 0, {}};

FloatTensor row(const std::vector<float>& values) {
  return {{1, static_cast<std::int64_t>(values.size())}, values};
}

TensorNetwork open(const std::string& path, Precision precision = Precision::kFp32) {
  return {path, kCpu, precision};
}

TensorNetwork made(const TempDir& dir, const std::string& code) {
  save_model(dir / "m.pt", code, {});
  return open(dir / "m.pt");
}

float shade_of(TensorNetwork& network) {
  const FloatTensor black{{1, 4, 512}, std::vector<float>(4 * 512)};
  return network.call("synthesis", {black, std::vector<FloatTensor>()}).values.at(0);
}

std::string failure_of(TensorNetwork& network, const std::string& method) {
  try {
    network.call(method, {row({1.0F})});
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kModelInvalid);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("methods take tensors, numbers and lists of tensors", "[infer]") {
  const TempDir dir;
  TensorNetwork network =
      made(dir,
           "def forward(self, x, count: int, scale: float, more: List[Tensor]):\n"
           "  total = x * scale + count\n"
           "  for each in more:\n"
           "    total = total + each\n"
           "  return total\n");
  CHECK(network.has_method("forward"));
  CHECK_FALSE(network.has_method("mapping"));
  const FloatTensor result = network.call(
      "forward", {row({1.0F, 2.0F}), std::int64_t{10}, 0.5,
                  std::vector<FloatTensor>{row({100.0F, 200.0F}), row({0.25F, 0.0F})}});
  CHECK(result.shape == std::vector<std::int64_t>{1, 2});
  CHECK(result.values == std::vector<float>{110.75F, 211.0F});
}

TEST_CASE("what a network does wrong is an error that names its file", "[infer]") {
  const TempDir dir;
  TensorNetwork network = made(dir,
                               "def forward(self, x):\n  return x / (x - 1.0)\n"
                               "def text(self, x):\n  return 'no tensor'\n"
                               "def fails(self, x):\n  assert x.size(0) == 7\n  return x\n");
  CHECK_THAT(failure_of(network, "mapping"),
             Catch::Contains("m.pt") && Catch::Contains("no method 'mapping'"));
  CHECK_THAT(failure_of(network, "text"), Catch::Contains("returns no tensor"));
  CHECK_THAT(failure_of(network, "fails"), Catch::Contains("failed to run"));
  CHECK_THAT(failure_of(network, "forward"), Catch::Contains("--precision fp32"));
  CHECK_THROWS_WITH(network.number("size"), Catch::Contains("'size'"));
  CHECK_THROWS_AS(open(dir / "none.pt"), Error);
}

TEST_CASE("numbers that a file carries can be asked for", "[infer]") {
  const TempDir dir;
  save_tiny_encoder(dir / "e.pt", 6);
  const TensorNetwork network = open(dir / "e.pt");
  CHECK(network.number("n_latent") == 6);
  CHECK(network.number("pools") == 0);
  CHECK_THROWS_AS(network.number("step"), Error);  // no whole number
}

TEST_CASE("what makes codes stays fp32 in every precision", "[infer]") {
  const TempDir dir;
  save_code_model(dir / "m.pt", 1.001F);
  TensorNetwork network = open(dir / "m.pt", Precision::kBf16);
  CHECK(network.call("mean", {}).values.at(0) == 1.001F);
  CHECK(network.call("mapping", {}).values.at(0) == 1.001F);
  CHECK(network.call("drawn", {}).values.at(0) == 1.0F);  // bf16 has 8 bits
  CHECK(open(dir / "m.pt").call("drawn", {}).values.at(0) == 1.001F);
}

TEST_CASE("mixed weights lie between two networks", "[infer]") {
  const TempDir dir;
  save_tiny_generator(dir / "style.pt", 1.0);
  save_tiny_generator(dir / "base.pt", 0.2);
  TensorNetwork base = open(dir / "base.pt");
  for (const auto& [share, expected] :
       std::vector<std::pair<double, float>>{{0.0, 1.0F}, {0.25, 0.8F}, {1.0, 0.2F}}) {
    TensorNetwork style = open(dir / "style.pt");
    style.mix_weights(base, share);
    CHECK(shade_of(style) == Approx(expected));
    CHECK(shade_of(base) == 0.2F);
  }
}

TEST_CASE("networks of different builds cannot be mixed", "[infer]") {
  const TempDir dir;
  save_tiny_generator(dir / "style.pt", 1.0);
  save_code_model(dir / "other.pt", 1.0F);
  save_weighted_model(dir / "shape.pt");
  TensorNetwork style = open(dir / "style.pt");
  for (const char* other : {"other.pt", "shape.pt"}) {
    try {
      style.mix_weights(open(dir / other), 0.5);
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kModelInvalid);
      CHECK_THAT(error.what(), Catch::Contains("style.pt") && Catch::Contains(other));
    }
  }
  CHECK(shade_of(style) == 1.0F);
}
