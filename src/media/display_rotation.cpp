#include "display_rotation.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace stylize {

cv::Size DisplayRotation::apply(cv::Size size) const {
  return swaps_sides() ? cv::Size(size.height, size.width) : size;
}

cv::Mat DisplayRotation::apply(const cv::Mat& pixels) const {
  cv::Mat result = pixels;
  if (mirrored) {
    cv::Mat turned;
    cv::flip(result, turned, 1);
    result = turned;
  }
  if (quarter_turns != 0) {
    constexpr std::array kCodes{0, int{cv::ROTATE_90_CLOCKWISE}, int{cv::ROTATE_180},
                                int{cv::ROTATE_90_COUNTERCLOCKWISE}};
    cv::Mat turned;
    cv::rotate(result, turned, kCodes.at(static_cast<std::size_t>(quarter_turns)));
    result = turned;
  }
  return result;
}

DisplayRotation display_rotation(std::span<const std::int32_t> matrix) {
  if (matrix.size() < 9) {
    return {};
  }
  double a = matrix[0], b = matrix[1];
  const double c = matrix[3], d = matrix[4];
  const double area = a * d - b * c;
  if (area == 0.0) {
    return {};
  }
  const bool mirrored = area < 0.0;
  if (mirrored) {
    a = -a;
    b = -b;
  }
  // y grows downwards, so that a growing angle turns clockwise.
  const double quarters = std::atan2(b, a) / (std::numbers::pi / 2);
  const double rounded = std::round(quarters);
  constexpr double kTolerance = 0.01;  // about a degree
  return {.quarter_turns = (static_cast<int>(rounded) + 4) % 4,
          .mirrored = mirrored,
          .exact = std::abs(quarters - rounded) < kTolerance};
}

}  // namespace stylize
