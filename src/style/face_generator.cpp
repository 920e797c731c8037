#include "face_generator.h"

#include <iterator>
#include <string>
#include <utility>

#include "face_tensors.h"
#include "stylize/core/error.h"

namespace stylize {

FaceGenerator::FaceGenerator(FaceEncoder encoder, TensorNetwork generator, Manifest manifest,
                             std::optional<std::uint64_t> seed)
    : encoder_(std::move(encoder)),
      generator_(std::move(generator)),
      manifest_(std::move(manifest)) {
  const std::int64_t rows = generator_.number("n_latent");
  if (encoder_.rows() != rows) {
    throw Error(ErrorCode::kModelInvalid, manifest_.name,
                "its generator takes codes of " + std::to_string(rows) +
                    " rows, the encoder gives " + std::to_string(encoder_.rows()),
                "both have to be made for pictures of the same size");
  }
  if (seed) {
    noise_ = seeded_noise(*seed, generator_.number("n_noise"));
  }
}

std::vector<cv::Mat> FaceGenerator::draw(const FloatTensor& codes) {
  std::vector<cv::Mat> pictures =
      to_pictures(generator_.call("synthesis", {codes, noise_}), manifest_);
  if (std::ssize(pictures) != codes.shape.front()) {
    throw Error(ErrorCode::kModelInvalid, manifest_.name,
                "its generator does not return a picture for each code", "export the style again");
  }
  return pictures;
}

}  // namespace stylize
