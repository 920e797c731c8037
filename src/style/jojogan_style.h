// JoJoGAN: a StyleGAN2 generator that was tuned to one picture's style.
#pragma once

#include <vector>

#include "face_generator.h"
#include "stylize/style/face_style.h"

namespace stylize {

// Chong and Forsyth, "JoJoGAN: One Shot Face Stylization": e4e's W+ of the face goes through the
// tuned generator as it is. Strength below 1 moves the generator's weights toward those of the base
// generator, which share their starting point, so that every mixture is a generator too (deep
// network interpolation, Wang et al., eq. 1): 0 is the base's reconstruction.
class JojoganStyle : public FaceStyle {
 public:
  // The generator is mixed already.
  JojoganStyle(const Manifest& manifest, FaceGenerator generator, int batch);

  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops, FaceAnchors anchors) override;
  using FaceStyle::apply;

 private:
  FaceGenerator generator_;
};

}  // namespace stylize
