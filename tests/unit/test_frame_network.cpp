#include <catch2/catch.hpp>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/infer/frame_network.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;

namespace {

const Device kCpu{DeviceKind::kCpu, 0, {}};

ErrorCode code_of_load(const std::string& path) {
  try {
    const FrameNetwork network(path, kCpu, Precision::kFp32);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find(path) != std::string::npos);
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::kInternal;
}

ErrorCode code_of_run(const std::string& path) {
  FrameNetwork network(path, kCpu, Precision::kFp32);
  std::vector<float> input(192, 0.5F);  // 8 x 8 pixels
  std::vector<float> output(input.size());
  try {
    network.run(input, 1, 8, 8, output);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::kInternal;
}

}  // namespace

TEST_CASE("a network sees interleaved pixels as channels", "[infer]") {
  const TempDir dir;
  // Red is doubled, green halved, blue shifted one pixel to the left.
  save_model(dir / "m.pt",
             "def forward(self, x):\n"
             "  blue = torch.roll(x[:, 2:3], [-1], [3])\n"
             "  return torch.cat([x[:, 0:1] * 2.0, x[:, 1:2] * 0.5, blue], 1)\n",
             frame_manifest("m"));
  FrameNetwork network(dir / "m.pt", kCpu, Precision::kFp32);
  CHECK(network.metadata() == frame_manifest("m"));
  const std::vector<float> input{1, 2, 3, 4, 5, 6};  // two pixels
  std::vector<float> output(6);
  network.run(input, 1, 1, 2, output);
  CHECK(output == std::vector<float>{2, 1, 6, 8, 2.5, 3});
  network.run(input, 1, 2, 1, output);  // another size through the same object
  CHECK(output == std::vector<float>{2, 1, 3, 8, 2.5, 6});
}

TEST_CASE("a batch is one picture after the other", "[infer]") {
  const TempDir dir;
  // Each picture less its own mean.
  save_model(dir / "m.pt", "def forward(self, x):\n  return x - torch.mean(x, [1, 2, 3], True)\n",
             "");
  FrameNetwork network(dir / "m.pt", kCpu, Precision::kFp32);
  const std::vector<float> input{1, 2, 3, 10, 20, 30};
  std::vector<float> output(6);
  network.run(input, 2, 1, 1, output);
  CHECK(output == std::vector<float>{-1, 0, 1, -10, 0, 10});
}

TEST_CASE("the self test finds values that are no numbers", "[infer]") {
  const TempDir dir;
  save_identity_model(dir / "good.pt");
  save_model(dir / "nan.pt", "def forward(self, x):\n  return x / (x - x)\n", "");
  FrameNetwork(dir / "good.pt", kCpu, Precision::kFp32).self_test(8);
  FrameNetwork bad(dir / "nan.pt", kCpu, Precision::kFp32);
  CHECK_THROWS_WITH(bad.self_test(8), Catch::Contains("no numbers") && Catch::Contains("nan.pt"));
}

TEST_CASE("half-precision files run in the precision asked for", "[infer]") {
  const TempDir dir;
  // Pictures are of floats in all precisions, feature maps are not.
  save_model(dir / "m.pt", "def forward(self, x):\n  return torch.cat([x, x], 1)[:, :3]\n", "");
  FrameNetwork network(dir / "m.pt", kCpu, Precision::kBf16);
  const std::vector<float> input{0.1F, 0.2F, 0.3F};
  std::vector<float> output(3);
  network.run(input, 1, 1, 1, output);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(output[i] == Approx(input[i]).epsilon(0.01));
    CHECK(output[i] != input[i]);  // eight bits of mantissa
  }
}

TEST_CASE("of pictures and biases bfloat16 loses nothing that shows", "[infer]") {
  const TempDir dir;
  const int dilation = GENERATE(1, 2);
  // Both lie between two numbers of eight bits.
  save_offset_model(dir / "m.pt", 1.0012, dilation);
  FrameNetwork network(dir / "m.pt", kCpu, Precision::kBf16);
  std::vector<float> output(std::size_t{3} * 40);
  network.run(std::vector<float>(output.size(), 1.001F), 1, 5, 8, output);
  for (const float value : output) {
    REQUIRE(value == Approx(0.0002).margin(2e-5));
  }
}

TEST_CASE("files that are no models are refused by name", "[infer]") {
  const TempDir dir;
  write_file(dir / "empty.pt", "");
  write_file(dir / "text.pt", "not a model");
  save_identity_model(dir / "whole.pt");
  const std::string whole = read_file(dir / "whole.pt");
  write_file(dir / "cut.pt", whole.substr(0, whole.size() / 2));
  CHECK(code_of_load(dir / "missing.pt") == ErrorCode::kModelMissing);
  CHECK(code_of_load(dir.path()) == ErrorCode::kModelMissing);
  CHECK(code_of_load(dir / "empty.pt") == ErrorCode::kModelInvalid);
  CHECK(code_of_load(dir / "text.pt") == ErrorCode::kModelInvalid);
  CHECK(code_of_load(dir / "cut.pt") == ErrorCode::kModelInvalid);
}

TEST_CASE("networks that answer wrongly are refused", "[infer]") {
  const TempDir dir;
  save_model(dir / "shape.pt", "def forward(self, x):\n  return x[:, :, 1:]\n", "");
  save_model(dir / "tuple.pt", "def forward(self, x):\n  return (x, x)\n", "");
  save_model(dir / "throw.pt", "def forward(self, x):\n  return x.view([7, 11, 13])\n", "");
  CHECK(code_of_run(dir / "shape.pt") == ErrorCode::kModelInvalid);
  CHECK(code_of_load(dir / "tuple.pt") == ErrorCode::kModelInvalid);
  CHECK(code_of_run(dir / "throw.pt") == ErrorCode::kModelInvalid);
}

TEST_CASE("memory a pixel is measured from what the network allocates", "[infer]") {
  const TempDir dir;
  save_model(dir / "m.pt", "def forward(self, x):\n  return torch.cat([x] * 50, 1)[:, 0:3] * 1.0\n",
             "");
  FrameNetwork network(dir / "m.pt", kCpu, Precision::kFp32);
  const std::size_t bytes = network.peak_bytes_per_pixel();
  CHECK(bytes >= 150 * sizeof(float));
  CHECK(bytes < 180 * sizeof(float));
}
