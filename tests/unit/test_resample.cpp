#include <catch2/catch.hpp>

#include "pictures.h"
#include "stylize/media/resample.h"

using namespace stylize;
using namespace stylize::test;

TEST_CASE("a size is fitted to a long side and never enlarged", "[media]") {
  CHECK(fit_long_side({4000, 3000}, 768) == cv::Size(768, 576));
  CHECK(fit_long_side({300, 200}, 768) == cv::Size(300, 200));
  CHECK(fit_long_side({1, 5000}, 768) == cv::Size(1, 768));
  CHECK(fit_long_side({5000, 1}, 100) == cv::Size(100, 1));
  CHECK(with_long_side({300, 200}, 768) == cv::Size(768, 512));
}

TEST_CASE("flat areas and gradients survive an enlargement", "[media]") {
  for (const int depth : {CV_8U, CV_16U}) {
    const double range = depth == CV_8U ? 255.0 : 65535.0;
    const cv::Mat flat(20, 30, CV_MAKETYPE(depth, 3), cv::Scalar::all(0.4 * range));
    const cv::Mat large = enlarge_drawing(flat, {150, 100});
    CHECK(large.size() == cv::Size(150, 100));
    const cv::Mat expected(large.size(), large.type(), cv::Scalar::all(0.4 * range));
    CHECK(max_difference(large, expected) <= 1.0);
  }
  cv::Mat ramp(8, 64, CV_8UC1);
  for (int x = 0; x < ramp.cols; ++x) {
    ramp.col(x).setTo(4 * x);
  }
  const cv::Mat smooth = resize_picture(ramp, {256, 32});
  CHECK(max_difference(enlarge_drawing(ramp, {256, 32}), smooth) <= 2.0);
}

namespace {

// Pixels between the two sides of a step, on the way up from 10 % to 90 %.
int transition_width(const cv::Mat& picture) {
  int count = 0;
  for (int x = 0; x < picture.cols; ++x) {
    const int value = picture.at<std::uint8_t>(picture.rows / 2, x);
    count += value > 58 && value < 202 ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("an edge is sharper after enlarge_drawing than after plain bicubic", "[media]") {
  cv::Mat step(20, 40, CV_8UC1, cv::Scalar(40));
  step.colRange(20, 40).setTo(220);
  const cv::Size size(240, 120);
  const int drawn = transition_width(enlarge_drawing(step, size));
  const int bicubic = transition_width(resize_picture(step, size));
  CHECK(bicubic >= 4);
  CHECK(drawn <= bicubic / 2);
}

TEST_CASE("the enlargement has no seams between its bands", "[media]") {
  const cv::Mat small = colorful(50, 120);
  const cv::Mat large = enlarge_drawing(small, {200, 480});
  cv::Mat turned;
  cv::rotate(small, turned, cv::ROTATE_90_CLOCKWISE);  // other band borders
  cv::Mat large_turned = enlarge_drawing(turned, {480, 200});
  cv::rotate(large_turned, large_turned, cv::ROTATE_90_COUNTERCLOCKWISE);
  CHECK(max_difference(large, large_turned) <= 2.0);
}
