// A crop's pixels on the photo's grid.
#pragma once

#include <opencv2/core.hpp>

#include "stylize/face/alignment.h"

namespace stylize {

// Crops with at least this many pixels for each of the photo's are fitted, coarser ones
// interpolated.
inline constexpr double kFitFrom = 0.7;

// The picture of size rect.size() whose bilinear samples at the crop's pixels come closest to
// `crop` (CV_32FC3) in the least-squares sense. As bilinear sampling is what made the crop, an
// unchanged one gives the photo back instead of a blurred copy, while finer detail of a styled one
// is averaged, not aliased (Unser, Aldroubi and Eden 1995: the projection onto linear splines).
// `rect` is in picture indices and may reach beyond the picture; pixels that the crop does not
// cover hold its nearest colour.
cv::Mat fit_crop(const cv::Mat& crop, const CropTransform& transform, cv::Rect rect);

// For coarser crops: one row of the picture, bicubic (Keys 1981, a = -1/2), borders repeated.
// `out` holds `columns.size()` pixels.
void interpolate_crop_row(const cv::Mat& crop, const CropTransform& transform, int row,
                          cv::Range columns, cv::Vec3f* out);

// The mask (CV_32FC1) at a point in crop indices, bilinear; 0 outside.
float mask_at(const cv::Mat& mask, cv::Point2d point);

}  // namespace stylize
