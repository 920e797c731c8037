// What a crop shows beyond the picture's border.
#pragma once

#include <opencv2/core.hpp>

namespace stylize {

struct Padding {
  int left = 0, top = 0, right = 0, bottom = 0;
};

// Mirrors the CV_8UC3 picture over its border (without repeating the border pixel), blurs what was
// added the more the farther out it lies, and fades it to the picture's median colour: FFHQ's
// recipe (NVlabs/ffhq-dataset, recreate_aligned_images), with numpy's and scipy's definitions of
// mirroring, blur and median. `quad_size` is the face square's width in pixels of this picture; all
// four sides of `padding` are at least 1. Thread safe.
cv::Mat pad_for_alignment(const cv::Mat& picture, const Padding& padding, double quad_size);

}  // namespace stylize
