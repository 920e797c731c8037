#include <array>
#include <catch2/catch.hpp>
#include <cstdint>

#include "src/media/display_rotation.h"

using namespace stylize;

namespace {

constexpr std::int32_t kOne = 1 << 16;

// (p q) is shown at (a p + c q, b p + d q).
std::array<std::int32_t, 9> matrix(int a, int b, int c, int d) {
  return {a * kOne, b * kOne, 0, c * kOne, d * kOne, 0, 0, 0, 1 << 30};
}

// 3 x 2, every pixel another value.
cv::Mat small_picture() {
  cv::Mat picture = (cv::Mat_<std::uint8_t>(2, 3) << 1, 2, 3, 4, 5, 6);
  return picture;
}

// Where the matrix itself shows each pixel, moved so that the first is at (0, 0).
cv::Mat shown_by(int a, int b, int c, int d) {
  const cv::Mat picture = small_picture();
  const cv::Size size = a != 0 ? picture.size() : cv::Size(picture.rows, picture.cols);
  cv::Mat shown(size, CV_8U);
  for (int q = 0; q < picture.rows; ++q) {
    for (int p = 0; p < picture.cols; ++p) {
      const int x = a * p + c * q, y = b * p + d * q;
      shown.at<std::uint8_t>(y + (b + d < 0 ? size.height - 1 : 0),
                             x + (a + c < 0 ? size.width - 1 : 0)) = picture.at<std::uint8_t>(q, p);
    }
  }
  return shown;
}

}  // namespace

TEST_CASE("every display matrix of quarter turns and mirrors is followed", "[video]") {
  const auto [a, b, c, d] = GENERATE(table<int, int, int, int>({{1, 0, 0, 1},
                                                                {0, 1, -1, 0},
                                                                {-1, 0, 0, -1},
                                                                {0, -1, 1, 0},
                                                                {-1, 0, 0, 1},
                                                                {1, 0, 0, -1},
                                                                {0, 1, 1, 0},
                                                                {0, -1, -1, 0}}));
  CAPTURE(a, b, c, d);
  const DisplayRotation rotation = display_rotation(matrix(a, b, c, d));
  const cv::Mat expected = shown_by(a, b, c, d);
  const cv::Mat upright = rotation.apply(small_picture());
  REQUIRE(upright.size() == expected.size());
  CHECK(cv::countNonZero(upright != expected) == 0);
  CHECK(rotation.apply(small_picture().size()) == expected.size());
  CHECK(rotation.is_none() == (a == 1 && d == 1));
  CHECK(rotation.exact);
}

TEST_CASE("odd display matrices turn to the nearest quarter, or not at all", "[video]") {
  CHECK(display_rotation({}).is_none());
  CHECK(display_rotation(matrix(0, 0, 0, 0)).is_none());
  // 100 degrees clockwise
  const std::array<std::int32_t, 9> odd{-11380, 64540, 0, -64540, -11380, 0, 0, 0, 1 << 30};
  CHECK(display_rotation(odd).quarter_turns == 1);
  CHECK_FALSE(display_rotation(odd).exact);
  // Scaled ones turn as well.
  const std::array<std::int32_t, 9> large{0, 2 * kOne, 0, -2 * kOne, 0, 0, 0, 0, 1 << 30};
  CHECK(display_rotation(large).quarter_turns == 1);
  CHECK(display_rotation(large).exact);
}
