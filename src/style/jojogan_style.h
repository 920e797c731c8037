// JoJoGAN: a StyleGAN2 generator that was tuned to one picture's style.
#pragma once

#include <string>
#include <vector>

#include "face_encoder.h"
#include "stylize/style/face_style.h"

namespace stylize {

// Chong and Forsyth, "JoJoGAN: One Shot Face Stylization": e4e's W+ of the face goes through the
// tuned generator as it is. Strength below 1 moves the generator's weights toward those of the base
// generator, which share their starting point, so that every mixture is a generator too (deep
// network interpolation, Wang et al., eq. 1): 0 is the base's reconstruction.
class JojoganStyle : public FaceStyle {
 public:
  struct Parts {
    FaceEncoder encoder;
    TensorNetwork generator;
  };

  // `parts.generator` is mixed already. Throws Error kModelInvalid when encoder and generator do
  // not fit each other.
  JojoganStyle(const Manifest& manifest, Parts parts, const FaceStyleOptions& options);

  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops) override;

 private:
  Parts parts_;
  std::vector<FloatTensor> noise_;  // empty: the file's own
};

// Throws Error kModelInvalid when the encoder's codes have another number of rows than the
// generator takes. `subject` names the style.
void require_fit(const FaceEncoder& encoder, const TensorNetwork& generator,
                 const std::string& subject);

// The generator's noise for these options; empty: the file's own.
std::vector<FloatTensor> noise_for(const TensorNetwork& generator, const FaceStyleOptions& options);

}  // namespace stylize
