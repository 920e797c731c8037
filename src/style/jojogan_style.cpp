#include "jojogan_style.h"

#include <utility>

#include "steady_codes.h"

namespace stylize {

JojoganStyle::JojoganStyle(const Manifest& manifest, FaceGenerator generator, int batch)
    : FaceStyle(manifest, batch), generator_(std::move(generator)) {}

std::vector<cv::Mat> JojoganStyle::apply(const std::vector<cv::Mat>& crops, FaceAnchors anchors) {
  if (crops.empty()) {
    return {};
  }
  FloatTensor codes = generator_.encode(crops);
  steady_codes(codes, anchors);
  return generator_.draw(codes);
}

}  // namespace stylize
