#include <catch2/catch.hpp>
#include <cmath>

#include "pictures.h"
#include "src/style/blendgan_style.h"
#include "src/style/face_tensors.h"
#include "stylize/core/error.h"
#include "stylize/face/pil_resample.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;

TEST_CASE("pictures become tensors in [-1,1] and come back", "[style]") {
  const cv::Mat picture = colorful(7, 5);
  const FloatTensor tensor = to_tensor(picture);
  REQUIRE(tensor.shape == std::vector<std::int64_t>{1, 3, 5, 7});
  const auto sample = static_cast<float>(picture.at<cv::Vec3b>(4, 2)[1]);
  CHECK(tensor.values.at(35 + 4 * 7 + 2) == (sample / 255.0F - 0.5F) / 0.5F);
  Manifest manifest;
  CHECK(max_difference(to_pictures(tensor, manifest).at(0), picture) == 0.0);
  manifest.rounding = Rounding::kTruncate;
  CHECK(max_difference(to_pictures(tensor, manifest).at(0), picture) <= 1.0);
}

TEST_CASE("a generator's values are clipped, then truncated", "[style]") {
  const FloatTensor tensor{{1, 3, 1, 2}, {-3.0F, 3.0F, 0.0F, 0.99F, -1.0F, 1.0F}};
  Manifest manifest;
  manifest.rounding = Rounding::kTruncate;
  const cv::Mat picture = to_pictures(tensor, manifest).at(0);
  CHECK(picture.at<cv::Vec3b>(0, 0) == cv::Vec3b(0, 127, 0));
  CHECK(picture.at<cv::Vec3b>(0, 1) == cv::Vec3b(255, 253, 255));
  CHECK_THROWS_AS(to_pictures({{1, 2, 1, 1}, {0.0F, 0.0F}}, manifest), Error);
}

TEST_CASE("a seed means the same noise everywhere", "[style]") {
  const auto noise = seeded_noise(7, 17);
  REQUIRE(noise.size() == 17);
  CHECK(noise[0].shape == std::vector<std::int64_t>{1, 1, 4, 4});
  CHECK(noise[1].shape == std::vector<std::int64_t>{1, 1, 8, 8});
  CHECK(noise[2].shape == noise[1].shape);
  CHECK(noise[16].shape == std::vector<std::int64_t>{1, 1, 1024, 1024});
  // std::mt19937_64 and Box-Muller, written in Python.
  CHECK(noise[0].values[0] == Approx(1.591400));
  CHECK(noise[0].values[1] == Approx(-0.524813));
  CHECK(seeded_noise(7, 3)[2].values == noise[2].values);
  CHECK(seeded_noise(8, 1)[0].values != noise[0].values);
  double sum = 0.0;
  double squares = 0.0;
  for (const float value : noise[16].values) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const auto count = static_cast<double>(noise[16].values.size());
  CHECK(std::abs(sum / count) < 0.005);
  CHECK(squares / count == Approx(1.0).margin(0.01));
}

TEST_CASE("pictures are reduced with Pillow's triangle filter", "[style]") {
  // Image.fromarray([[0, 100, 200, 50, 7, 255, 0, 30]] * 8 in all channels).resize((2, 2),
  // BILINEAR)
  cv::Mat picture(8, 8, CV_8UC3);
  const std::vector<int> row = {0, 100, 200, 50, 7, 255, 0, 30};
  for (int x = 0; x < 8; ++x) {
    picture.col(x).setTo(cv::Scalar::all(row[static_cast<std::size_t>(x)]));
  }
  const cv::Mat half = pil_bilinear(picture, 2);
  REQUIRE(half.size() == cv::Size(2, 2));
  CHECK(half.at<cv::Vec3b>(0, 0) == cv::Vec3b::all(94));
  CHECK(half.at<cv::Vec3b>(1, 1) == cv::Vec3b::all(83));
  CHECK(max_difference(pil_bilinear(picture, 8), picture) == 0.0);
}

TEST_CASE("strength moves from the unstyled blend to index 6", "[style]") {
  CHECK(blend_point(1.0, 18).index == 6);
  CHECK(blend_point(1.0, 18).beyond == 0.0);
  CHECK(blend_point(0.0, 18).index == 18);
  CHECK(blend_point(0.5, 18).index == 12);
  CHECK(blend_point(0.95, 18).index == 6);
  CHECK(blend_point(0.95, 18).beyond == Approx(0.6));
  CHECK(blend_point(0.5, 4).index == 4);  // smaller than any released one
}

TEST_CASE("a face network without memory names what helps: not the size of drawing", "[style]") {
  const TempDir dir;
  save_model(dir / "m.pt",
             "def forward(self, x):\n  return torch.zeros([1000000, 1000000, 1000]) + x.mean()\n",
             {});
  TensorNetwork network(dir / "m.pt", {}, Precision::kFp32);
  try {
    network.call("forward", {to_tensor(colorful(8, 8))});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kOutOfMemory);
    CHECK_THAT(error.what(), Catch::Contains("m.pt") && !Catch::Contains("--work-size"));
  }
}
