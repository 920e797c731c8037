// Other sizes of a picture.
#pragma once

#include <opencv2/core.hpp>

namespace stylize {

// `size` scaled to a long side of `long_side`, aspect kept, each side at least 1.
cv::Size with_long_side(cv::Size size, int long_side);

// The same, but never larger than `size`.
cv::Size fit_long_side(cv::Size size, int long_side);

// Any size: averages areas when shrinking (no moiré), bicubic otherwise. 8 or 16 bit, any channels.
cv::Mat resize_picture(const cv::Mat& picture, cv::Size size);

// Enlarges a drawn picture (flat areas, lines) so that its edges come out as sharp as in the small
// one instead of blurred by the factor: bicubic, then each pixel moves from the middle of its local
// range toward the nearer end (a soft form of Kramer and Bruckner's toggle mapping, 1975).
// Gradients and weak texture stay as they are. 8 or 16 bit, any channels.
cv::Mat enlarge_drawing(const cv::Mat& picture, cv::Size size);

}  // namespace stylize
