// Pictures to what StyleGAN2's networks take, and back.
#pragma once

#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>

#include "stylize/infer/tensor_network.h"
#include "stylize/style/manifest.h"

namespace stylize {

// CV_8UC3 RGB to [1,3,H,W] in [-1,1]: (x/255 - 0.5)/0.5, operation for operation as the original
// programs.
FloatTensor to_tensor(const cv::Mat& rgb8);

// [1,3,H,W] in the manifest's output range to CV_8UC3, values outside clipped. Throws Error
// kModelInvalid when the tensor is no picture.
cv::Mat to_picture(const FloatTensor& tensor, const Manifest& manifest);

// Noise from N(0,1) for `layers` layers of a generator, [1,1,side,side] each with sides 4, 8, 8,
// 16, 16, ...: the Mersenne Twister's bits through Box and Muller's transform (1958), so that a
// seed means the same numbers everywhere.
std::vector<FloatTensor> seeded_noise(std::uint64_t seed, std::int64_t layers);

// Image.resize((side, side), BILINEAR) of Pillow, which averages when it shrinks: what the encoders
// were given in training. Bit for bit (Resample.c: separable triangle filter widened by the
// reduction, weights rounded to 22 bits, an 8-bit picture between the passes). CV_8UC3.
cv::Mat pil_bilinear(const cv::Mat& rgb8, int side);

}  // namespace stylize
