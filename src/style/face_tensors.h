// Pictures to what StyleGAN2's networks take, and back.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "stylize/infer/tensor_network.h"
#include "stylize/style/manifest.h"

namespace stylize {

// Pictures, one or more, of one size, CV_8UC3 RGB, to [N,3,H,W] in [-1,1]: (x/255 - 0.5)/0.5,
// operation for operation as the original programs.
FloatTensor to_tensor(std::span<const cv::Mat> pictures);
FloatTensor to_tensor(const cv::Mat& rgb8);

// [N,3,H,W] in the manifest's output range to N times CV_8UC3, values outside clipped. Throws Error
// kModelInvalid when the tensor holds no pictures.
std::vector<cv::Mat> to_pictures(const FloatTensor& tensor, const Manifest& manifest);

// Noise from N(0,1) for `layers` layers of a generator, [1,1,side,side] each with sides 4, 8, 8,
// 16, 16, ...: the Mersenne Twister's bits through Box and Muller's transform (1958), so that a
// seed means the same numbers everywhere.
std::vector<FloatTensor> seeded_noise(std::uint64_t seed, std::int64_t layers);

}  // namespace stylize
