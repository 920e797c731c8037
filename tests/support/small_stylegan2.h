// StyleGAN2 in small but whole, with weights of a seed: runs of both families of face styles from
// photo to file, with nothing to download.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

namespace stylize::test {

inline constexpr int kSmallSide = 32;  // of what the encoder takes and the generator draws

// Reads a face of 32 x 32 into a code [8,512] that depends on where its colours are.
void save_small_encoder(const std::string& path, std::uint64_t seed);

// A StyleGAN2 generator (Karras et al. 2020): constant, modulated and demodulated convolutions,
// noise, skip connections to RGB; 16 channels. Has BlendGAN's methods, too, whose style encoder
// sees 4 x 4 colours of the reference.
void save_small_generator(const std::string& path, std::uint64_t seed);

// What the program should draw of an aligned `crop` (32 x 32, RGB), computed by LibTorch alone.
struct SmallDrawing {
  std::string encoder;
  std::string generator;
  std::string base = {};  // with `strength` below 1: their weights are mixed
  double strength = 1.0;
  cv::Mat reference = {};  // BlendGAN: rows of the code from `blend_index` on follow it
  std::int64_t blend_index = 6;
};
cv::Mat draw_small(const SmallDrawing& drawing, const cv::Mat& crop);

}  // namespace stylize::test
