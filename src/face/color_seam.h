// Colours that meet where a styled crop ends.
#pragma once

#include <opencv2/core.hpp>

namespace stylize {

// `styled` (CV_32FC3, square) plus a smooth offset that, along the mask's edge, carries its overall
// colour to that of `original` (the crop it was made from, CV_8UC3, any size) and dies out toward
// the mask's middle, so that the style keeps its colours there. Exactly `styled` when both show the
// same. `visible` (CV_8UC1, small, nonzero where the crop shows the picture and not its padding)
// says where the original can be trusted. The idea of Poisson and membrane cloning (Pérez et al.
// 2003; Farbman et al. 2009), with a normalized convolution (Knutsson and Westin 1993) for the
// membrane.
cv::Mat match_edge_colors(const cv::Mat& styled, const cv::Mat& original, const cv::Mat& mask,
                          const cv::Mat& visible);

}  // namespace stylize
