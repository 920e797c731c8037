// Resampling that gives the very bytes Pillow gives, since the networks were trained on its
// results.
#pragma once

#include <opencv2/core.hpp>

#include "stylize/face/alignment.h"

namespace stylize {

// Image.resize(size, LANCZOS), of which only `part` (inside `size`) is computed. Separable, three
// lobes widened by the reduction; weights rounded to 22 bits; horizontal first, with an 8-bit
// picture between (Pillow 9 to 13, Resample.c). CV_8UC3. Thread safe.
cv::Mat pil_lanczos(const cv::Mat& picture, cv::Size size, cv::Rect part);

// Image.transform((size, size), QUAD, corners, BILINEAR). `corners` are in Pillow's coordinates, in
// which the top left pixel's centre is 0.5,0.5; results are truncated, not rounded, and 0 outside
// the picture (Geometry.c). CV_8UC3. Thread safe.
cv::Mat pil_quad_bilinear(const cv::Mat& picture, const Quad& corners, int size);

}  // namespace stylize
