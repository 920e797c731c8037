#include "jojogan_style.h"

#include <utility>

namespace stylize {

JojoganStyle::JojoganStyle(const Manifest& manifest, FaceGenerator generator, int batch)
    : FaceStyle(manifest, batch), generator_(std::move(generator)) {}

std::vector<cv::Mat> JojoganStyle::apply(const std::vector<cv::Mat>& crops) {
  if (crops.empty()) {
    return {};
  }
  return generator_.draw(generator_.encode(crops));
}

}  // namespace stylize
