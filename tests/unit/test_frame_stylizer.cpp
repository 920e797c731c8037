#include <catch2/catch.hpp>

#include "pictures.h"
#include "stylize/pipeline/frame_stylizer.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;

namespace {

const Device kCpu{DeviceKind::kCpu, 0, {}};

// Paints everything in a grey that tells the size at which the network ran: (width / 1000).
FrameStylizer size_teller(const TempDir& dir, const FrameOptions& options) {
  std::string manifest = frame_manifest("m");
  manifest.insert(manifest.find("\"minimum\""), "\"recommended_size\": 512, ");
  save_model(dir / "m.pt", "def forward(self, x):\n  return x * 0.0 + x.size(3) / 1000.0\n",
             manifest);
  return {FrameStyle(dir / "m.pt", kCpu, Precision::kFp32), options};
}

int work_width(const cv::Mat& result) {
  return cvRound(result.at<cv::Vec3b>(0, 0)[0] / 255.0 * 1000.0);
}

Image image_of(const cv::Mat& rgb) {
  Image image;
  image.rgb = rgb;
  return image;
}

}  // namespace

TEST_CASE("the network runs at the working size, the result has the picture's", "[pipeline]") {
  const TempDir dir;
  const cv::Mat picture = colorful(900, 600);
  FrameOptions options;
  Image result = size_teller(dir, options).stylize(image_of(picture));
  CHECK(result.rgb.size() == picture.size());
  CHECK(work_width(result.rgb) == Approx(512).margin(3));  // what the manifest recommends
  options.work_size = 300;
  CHECK(work_width(size_teller(dir, options).stylize(image_of(picture)).rgb) ==
        Approx(300).margin(3));
  options.native_work_size = true;
  CHECK(work_width(size_teller(dir, options).stylize(image_of(picture)).rgb) ==
        Approx(900).margin(3));
  options.native_work_size = false;
  options.work_size.reset();
  options.max_size = 200;
  result = size_teller(dir, options).stylize(image_of(picture));
  CHECK(result.rgb.size() == cv::Size(200, 133));
  CHECK(work_width(result.rgb) == Approx(400).margin(3));  // at most twice the output
}

TEST_CASE("strength 0 is the input, untouched", "[pipeline]") {
  const TempDir dir;
  save_negative_model(dir / "m.pt");
  FrameOptions options;
  options.strength = 0.0;
  FrameStylizer stylizer(FrameStyle(dir / "m.pt", kCpu, Precision::kFp32), options);
  const cv::Mat picture = colorful(50, 40, CV_16U);
  CHECK(max_difference(stylizer.stylize(image_of(picture)).rgb, picture) == 0.0);
}

TEST_CASE("alpha follows size and comparison", "[pipeline]") {
  const TempDir dir;
  save_negative_model(dir / "m.pt");
  FrameOptions options;
  options.max_size = 20;
  options.compare = true;
  FrameStylizer stylizer(FrameStyle(dir / "m.pt", kCpu, Precision::kFp32), options);
  Image image = image_of(colorful(40, 40));
  image.alpha = cv::Mat(40, 40, CV_8UC1, cv::Scalar(128));
  const Image result = stylizer.stylize(image);
  CHECK(result.rgb.size() == cv::Size(40, 20));
  CHECK(result.alpha.size() == cv::Size(40, 20));
  CHECK(result.alpha.at<std::uint8_t>(3, 33) == 128);
}
