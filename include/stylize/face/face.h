// A face that was found in a picture.
#pragma once

#include <array>
#include <cstddef>

#include <opencv2/core.hpp>

namespace stylize {

inline constexpr std::size_t kLandmarks = 68;

// The 68 points of the iBUG 300-W scheme (Sagonas et al. 2013), in the picture's pixel indices (the
// centre of the top left pixel is 0,0), whole numbers when they come from FaceDetector, and
// possibly outside the picture. Left and right as the viewer sees them:
//   0-16 jaw, left ear to chin to right ear     17-21, 22-26 left and right brow
//   27-35 nose     36-41, 42-47 left and right eye     48-67 lips
using Landmarks = std::array<cv::Point2d, kLandmarks>;

struct Face {
  cv::Rect2d box;           // pixels; from the brows to the chin, may reach beyond the picture
  double confidence = 0.0;  // the detector's score: above 0, seldom above 3
  Landmarks landmarks = {};
};

}  // namespace stylize
