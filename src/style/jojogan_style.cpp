#include "jojogan_style.h"

#include <utility>

#include "face_tensors.h"
#include "stylize/core/error.h"

namespace stylize {

void require_fit(const FaceEncoder& encoder, const TensorNetwork& generator,
                 const std::string& subject) {
  const std::int64_t rows = generator.number("n_latent");
  if (encoder.rows() != rows) {
    throw Error(ErrorCode::kModelInvalid, subject,
                "its generator takes codes of " + std::to_string(rows) +
                    " rows, the encoder gives " + std::to_string(encoder.rows()),
                "both have to be made for pictures of the same size");
  }
}

std::vector<FloatTensor> noise_for(const TensorNetwork& generator,
                                   const FaceStyleOptions& options) {
  return options.seed ? seeded_noise(*options.seed, generator.number("n_noise"))
                      : std::vector<FloatTensor>{};
}

JojoganStyle::JojoganStyle(const Manifest& manifest, Parts parts, const FaceStyleOptions& options)
    : FaceStyle(manifest), parts_(std::move(parts)) {
  require_fit(parts_.encoder, parts_.generator, manifest.name);
  noise_ = noise_for(parts_.generator, options);
}

std::vector<cv::Mat> JojoganStyle::apply(const std::vector<cv::Mat>& crops) {
  std::vector<cv::Mat> styled;
  for (const cv::Mat& crop : crops) {
    // One at a time: at 1024 x 1024 a batch gains nothing, and a face does not depend on the
    // others.
    const FloatTensor code = parts_.encoder.encode(crop);
    styled.push_back(to_picture(parts_.generator.call("synthesis", {code, noise_}), manifest()));
  }
  return styled;
}

}  // namespace stylize
