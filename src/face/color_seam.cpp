#include "color_seam.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace stylize {
namespace {

constexpr int kGrid = 64;  // colours are compared on this many cells a side
// In parts of the crop's side:
constexpr double kReach = 0.06;  // Gaussian over which differences along the edge are averaged
constexpr double kDepth = 0.16;  // how far from the mask's edge the offset reaches inward

cv::Mat on_grid(const cv::Mat& picture) {
  cv::Mat small;
  const int interpolation = picture.cols > kGrid ? cv::INTER_AREA : cv::INTER_LINEAR;
  cv::resize(picture, small, {kGrid, kGrid}, 0, 0, interpolation);
  cv::Mat floats;
  small.convertTo(floats, CV_32F);
  return floats;
}

// 1 at the mask's edge and outside, smoothly to 0 at kDepth inside.
cv::Mat edge_influence(const cv::Mat& mask) {
  // A border of outside, so that a mask that fills the grid still has an edge.
  cv::Mat inside;
  cv::copyMakeBorder(mask > 0.5, inside, 1, 1, 1, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::Mat depth;
  cv::distanceTransform(inside, depth, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  cv::Mat influence = depth(cv::Rect(1, 1, mask.cols, mask.rows)).clone();
  influence.forEach<float>([](float& value, const int*) {
    const float x = std::min(value / static_cast<float>(kDepth * kGrid), 1.0F);
    value = 1.0F - x * x * (3.0F - 2.0F * x);
  });
  return influence;
}

}  // namespace

cv::Mat match_edge_colors(const cv::Mat& styled, const cv::Mat& original, const cv::Mat& mask,
                          const cv::Mat& visible) {
  const cv::Mat soft = on_grid(mask);
  cv::Mat weight = soft.mul(1.0 - soft);  // largest where the two pictures mix half and half
  cv::Mat hidden;
  cv::resize(visible, hidden, weight.size(), 0, 0, cv::INTER_NEAREST);
  weight.setTo(0.0F, hidden == 0);

  const double sigma = kReach * kGrid;
  const cv::Mat influence = edge_influence(soft);
  cv::Mat total;
  cv::GaussianBlur(weight, total, {}, sigma, sigma, cv::BORDER_CONSTANT);
  total += 1e-6;  // far from any edge the offset goes to nothing
  std::vector<cv::Mat> channels;
  cv::split(on_grid(original) - on_grid(styled), channels);
  for (cv::Mat& difference : channels) {
    cv::GaussianBlur(difference.mul(weight), difference, {}, sigma, sigma, cv::BORDER_CONSTANT);
    difference = difference.mul(influence) / total;
  }
  cv::Mat offset;
  cv::merge(channels, offset);
  cv::resize(offset, offset, styled.size(), 0, 0, cv::INTER_CUBIC);
  return styled + offset;
}

}  // namespace stylize
