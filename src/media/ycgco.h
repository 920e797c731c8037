// The one way of coding colours that is neither RGB nor a matrix of Y'CbCr weights.
#pragma once

#include <array>
#include <opencv2/core.hpp>

namespace stylize {

// Y', Cg, Co (ITU-T H.273, matrix coefficients 8), each CV_8UC1 or CV_16UC1 of one size, as RGB of
// the same depth.
cv::Mat ycgco_to_rgb(const std::array<cv::Mat, 3>& planes, bool full_range);

}  // namespace stylize
