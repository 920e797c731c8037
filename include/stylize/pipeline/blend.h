// Mixing a styled picture with the one it was made from. All pictures are CV_8UC3 or CV_16UC3 of
// one size and depth.
#pragma once

#include <opencv2/core.hpp>

namespace stylize {

// input + strength * (styled - input); strength 0 gives the input bit for bit, 1 the styled
// picture.
cv::Mat blend_strength(const cv::Mat& input, const cv::Mat& styled, double strength);

// The lightness of `styled` with the hue and chroma of `input`, in CIE Lab. Where the style is
// darker (lines, shadows) chroma shrinks with lightness, so that ink does not glow in the input's
// colour.
cv::Mat keep_colors(const cv::Mat& input, const cv::Mat& styled);

// `input` and `styled` beside each other, the input left.
cv::Mat side_by_side(const cv::Mat& input, const cv::Mat& styled);

}  // namespace stylize
