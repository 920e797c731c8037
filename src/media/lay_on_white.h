// Pictures without their transparency.
#pragma once

#include <opencv2/core.hpp>

namespace stylize {

// `rgb` with three channels as it looks on white paper, seen through by `alpha`, which has the same
// size and depth, 8 or 16 bits.
cv::Mat lay_on_white(const cv::Mat& rgb, const cv::Mat& alpha);

}  // namespace stylize
