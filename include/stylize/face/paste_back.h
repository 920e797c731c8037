// Styled crops back into the photo they were cut from.
#pragma once

#include <vector>

#include <opencv2/core.hpp>

#include "stylize/face/alignment.h"

namespace stylize {

struct StyledFace {
  cv::Mat styled;  // CV_8UC3, or CV_32FC3 in 0..255; square
  cv::Mat
      original;  // the crop it was made from, CV_8UC3 of any size; empty: colours stay as styled
  cv::Mat mask;  // CV_32FC1 in 0..1, of the styled crop's size
  CropTransform transform;  // of the same square; of any size, since it is adapted
};

// The pixels of `picture` that paste_faces would change for this face; may be empty.
cv::Rect touched_pixels(const StyledFace& face, cv::Size picture);

// Blends the faces into a CV_8UC3 or CV_16UC3 picture, the largest last, so that it wins where two
// overlap. Near the mask's edge the crop's overall colour is drawn to the photo's, so that no
// outline shows; a crop that equals its original comes back as the photo was. Crops finer than the
// photo are fitted by least squares, so that they keep the photo's sharpness without jagged lines;
// coarser ones are enlarged bicubically. Pixels outside the masks stay bit for bit; crop parts
// beyond the picture are dropped. Time and memory follow the masks, not the picture. Thread safe
// for different pictures.
void paste_faces(cv::Mat& picture, std::vector<StyledFace> faces);

}  // namespace stylize
