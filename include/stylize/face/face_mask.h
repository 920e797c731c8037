// Which part of a styled crop goes back into the photo.
#pragma once

#include <opencv2/core.hpp>

#include "stylize/face/alignment.h"
#include "stylize/face/face.h"

namespace stylize {

enum class MaskShape {
  kFace,    // jaw and brows: hair and background stay the photo's
  kHead,    // with forehead and hair, as far as the crop holds them
  kSquare,  // the whole crop but a soft border
};

// A CV_32FC1 mask of transform.size a side: 1 inside, 0 outside, a smooth fade between, 0 along the
// crop's border. `landmarks` are in picture indices. Thread safe.
cv::Mat make_face_mask(const Landmarks& landmarks, const CropTransform& transform, MaskShape shape);

}  // namespace stylize
