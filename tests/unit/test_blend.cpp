#include <catch2/catch.hpp>

#include "pictures.h"
#include "stylize/pipeline/blend.h"

using namespace stylize;
using namespace stylize::test;

TEST_CASE("strength mixes from the input to the styled picture", "[pipeline]") {
  const cv::Mat input(4, 4, CV_8UC3, cv::Scalar(100, 0, 255));
  const cv::Mat styled(4, 4, CV_8UC3, cv::Scalar(200, 100, 55));
  CHECK(max_difference(blend_strength(input, styled, 0.0), input) == 0.0);
  CHECK(max_difference(blend_strength(input, styled, 1.0), styled) == 0.0);
  CHECK(blend_strength(input, styled, 0.25).at<cv::Vec3b>(0, 0) == cv::Vec3b(125, 25, 205));
}

TEST_CASE("keeping colours keeps hue and takes lightness", "[pipeline]") {
  for (const int depth : {CV_8U, CV_16U}) {
    const cv::Mat input = colorful(50, 300, depth);
    CHECK(max_difference(keep_colors(input, input), input) <= (depth == CV_8U ? 1.0 : 257.0));
  }
  const cv::Mat red(2, 2, CV_8UC3, cv::Scalar(180, 60, 60));
  const cv::Mat dark_green(2, 2, CV_8UC3, cv::Scalar(20, 60, 20));
  const cv::Vec3b kept = keep_colors(red, dark_green).at<cv::Vec3b>(0, 0);
  CHECK(kept[0] > kept[1] + 10);  // still red
  CHECK(kept[0] < 120);           // but as dark as the style
  CHECK(std::abs(kept[1] - kept[2]) < 25);
  const cv::Mat black(2, 2, CV_8UC3, cv::Scalar(0, 0, 0));
  CHECK(max_difference(keep_colors(red, black), black) <= 1.0);
}

TEST_CASE("side by side is the input, then the result", "[pipeline]") {
  const cv::Mat left(3, 4, CV_8UC3, cv::Scalar::all(1));
  const cv::Mat right(3, 4, CV_8UC3, cv::Scalar::all(9));
  const cv::Mat both = side_by_side(left, right);
  REQUIRE(both.size() == cv::Size(8, 3));
  CHECK(both.at<cv::Vec3b>(1, 3)[0] == 1);
  CHECK(both.at<cv::Vec3b>(1, 4)[0] == 9);
}
