// 16 bits a sample and 8.
#pragma once

#include <opencv2/core.hpp>

namespace stylize {

// CV_8U* or CV_16U* (of the full range, 0..65535) to CV_8U*, rounded; 8 bits come back as they are,
// the same pixels. Thread safe.
cv::Mat to_8_bit(const cv::Mat& picture);

}  // namespace stylize
