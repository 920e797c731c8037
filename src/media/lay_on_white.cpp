#include "lay_on_white.h"

#include <opencv2/imgproc.hpp>

namespace stylize {

cv::Mat lay_on_white(const cv::Mat& rgb, const cv::Mat& alpha) {
  const double white = rgb.depth() == CV_16U ? 65535.0 : 255.0;
  cv::Mat weights;
  cv::cvtColor(alpha, weights, cv::COLOR_GRAY2RGB);
  cv::Mat color;
  cv::multiply(rgb, weights, color, 1.0 / white);
  cv::Mat rest;
  cv::subtract(cv::Scalar::all(white), weights, rest);
  return color + rest;
}

}  // namespace stylize
