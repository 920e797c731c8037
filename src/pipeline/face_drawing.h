// Found faces, made visible.
#pragma once

#include <opencv2/core.hpp>

#include "stylize/pipeline/face_record.h"

namespace stylize {

// A copy of a CV_8UC3 RGB picture with box, landmarks, square and number of every face.
cv::Mat draw_faces(const cv::Mat& rgb8, const FaceRecord& record);

}  // namespace stylize
