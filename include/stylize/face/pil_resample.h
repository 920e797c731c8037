// Resampling that gives the very bytes Pillow gives, since the networks were trained on its
// results.
#pragma once

#include <opencv2/core.hpp>

#include "stylize/face/alignment.h"

namespace stylize {

// The two below are separable, their filters widened by the reduction, so that they average when
// they shrink; weights rounded to 22 bits; horizontal first, with an 8-bit picture between (Pillow
// 9 to 13, Resample.c). CV_8UC3. Thread safe.

// Image.resize(size, LANCZOS), three lobes, of which only `part` (inside `size`) is computed.
cv::Mat pil_lanczos(const cv::Mat& picture, cv::Size size, cv::Rect part);

// Image.resize((side, side), BILINEAR): what the encoders of faces were given in training. A
// picture of that size is returned as it is, sharing its pixels.
cv::Mat pil_bilinear(const cv::Mat& picture, int side);

// Image.transform((size, size), QUAD, corners, BILINEAR). `corners` are in Pillow's coordinates, in
// which the top left pixel's centre is 0.5,0.5; results are truncated, not rounded, and 0 outside
// the picture (Geometry.c). CV_8UC3. Thread safe.
cv::Mat pil_quad_bilinear(const cv::Mat& picture, const Quad& corners, int size);

}  // namespace stylize
