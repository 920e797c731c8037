// A face encoder and a generator that draws its codes: what JoJoGAN and BlendGAN share.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>

#include "face_encoder.h"
#include "stylize/infer/tensor_network.h"
#include "stylize/style/manifest.h"

namespace stylize {

// One call at a time.
class FaceGenerator {
 public:
  // Draws with noise of `seed`; without one, with the file's own. `manifest` is the style's. Throws
  // Error kModelInvalid when the encoder's codes have another number of rows than the generator
  // takes.
  FaceGenerator(FaceEncoder encoder, TensorNetwork generator, Manifest manifest,
                std::optional<std::uint64_t> seed);

  // Rows of W+.
  [[nodiscard]] std::int64_t rows() const { return encoder_.rows(); }

  // The generator, for its other methods.
  [[nodiscard]] TensorNetwork& network() { return generator_; }

  // FaceEncoder::encode.
  FloatTensor encode(const std::vector<cv::Mat>& crops) { return encoder_.encode(crops); }

  // W+ [N,rows,512] to N pictures, CV_8UC3, in one run of the network. Throws what
  // TensorNetwork::call throws, and Error kModelInvalid when other things than N pictures come out.
  std::vector<cv::Mat> draw(const FloatTensor& codes);

 private:
  FaceEncoder encoder_;
  TensorNetwork generator_;
  Manifest manifest_;
  std::vector<FloatTensor> noise_;  // empty: the file's own
};

}  // namespace stylize
