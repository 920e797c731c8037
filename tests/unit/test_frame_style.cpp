#include <catch2/catch.hpp>

#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/style/frame_style.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;

namespace {

const Device kCpu{DeviceKind::kCpu, 0, {}};

}  // namespace

TEST_CASE("any size comes back at its size, sample for sample", "[style]") {
  const TempDir dir;
  // The network refuses what its manifest rules out.
  save_model(dir / "m.pt",
             "def forward(self, x):\n"
             "  assert x.size(2) % 4 == 0 and x.size(3) % 4 == 0\n"
             "  assert x.size(2) >= 8 and x.size(3) >= 8\n"
             "  return 1.0 - x\n",
             frame_manifest("m"));
  FrameStyle style(dir / "m.pt", kCpu, Precision::kFp32);
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(7, 1), cv::Size(1, 300), cv::Size(8, 8),
                              cv::Size(9, 13), cv::Size(64, 31)}) {
    for (const int depth : {CV_8U, CV_16U}) {
      const cv::Mat picture = colorful(size.width, size.height, depth);
      cv::Mat negative;
      cv::subtract(cv::Scalar::all(depth == CV_8U ? 255.0 : 65535.0), picture, negative);
      const cv::Mat result = style.apply(picture);
      REQUIRE(result.size() == size);
      REQUIRE(result.type() == picture.type());
      CHECK(max_difference(result, negative) == 0.0);
    }
  }
}

TEST_CASE("bytes are made by truncation where the manifest says so", "[style]") {
  const TempDir dir;
  std::string manifest = frame_manifest("m");
  manifest.replace(manifest.find("nearest"), 7, "truncate");
  // 100.9 / 255
  const char* forward = "def forward(self, x):\n  return x * 0.0 + 0.395686\n";
  save_model(dir / "truncate.pt", forward, manifest);
  save_model(dir / "nearest.pt", forward, frame_manifest("m"));
  const cv::Mat picture = colorful(8, 8);
  CHECK(FrameStyle(dir / "truncate.pt", kCpu, Precision::kFp32)
            .apply(picture)
            .at<cv::Vec3b>(0, 0)[0] == 100);
  CHECK(FrameStyle(dir / "nearest.pt", kCpu, Precision::kFp32)
            .apply(picture)
            .at<cv::Vec3b>(0, 0)[0] == 101);
}

TEST_CASE("values outside the output range are clipped", "[style]") {
  const TempDir dir;
  save_model(dir / "m.pt", "def forward(self, x):\n  return x * 10.0 - 4.0\n", frame_manifest("m"));
  FrameStyle style(dir / "m.pt", kCpu, Precision::kFp32);
  const cv::Mat picture(8, 8, CV_8UC3, cv::Scalar(0, 255, 128));
  CHECK(style.apply(picture).at<cv::Vec3b>(3, 3) == cv::Vec3b(0, 255, 255));
}

TEST_CASE("families that are not known are refused", "[style]") {
  const TempDir dir;
  save_model(dir / "m.pt", "def forward(self, x):\n  return x\n",
             R"({"name": "m", "family": "cubism"})");
  CHECK_THROWS_WITH(FrameStyle(dir / "m.pt", kCpu, Precision::kFp32), Catch::Contains("cubism"));
}

TEST_CASE("a run that cannot fit into memory is refused before it starts", "[style]") {
  const TempDir dir;
  // 12 KB a pixel, measured on a picture of 128 x 128: never really allocated at this size.
  save_model(dir / "m.pt",
             "def forward(self, x):\n  return torch.zeros([1, 3000, x.size(2), x.size(3)])[:, 0:3, "
             ":, :] * 0.0 "
             "+ x.mean()\n",
             frame_manifest("m"));
  FrameStyle style(dir / "m.pt", kCpu, Precision::kFp32);
  const cv::Mat picture(20000, 20000, CV_8UC3);
  try {
    style.apply(picture);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kOutOfMemory);
    CHECK_THAT(error.what(), Catch::Contains("--work-size"));
  }
}
