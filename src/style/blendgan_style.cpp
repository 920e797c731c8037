#include "blendgan_style.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "face_tensors.h"
#include "stylize/media/resample.h"

namespace stylize {
namespace {

constexpr int kStyledIndex = 6;  // the original programs' --add_weight_index
// The style encoder averages its picture down to 256 x 256; more than this only takes memory.
constexpr int kLongestReference = 2048;

// The reference's code w_s [1,512].
FloatTensor style_code_of(TensorNetwork& generator, const cv::Mat& reference) {
  const cv::Mat picture =
      resize_picture(reference, fit_long_side(reference.size(), kLongestReference));
  return generator.call("style_code", {generator.call("embed", {to_tensor(picture)})});
}

}  // namespace

BlendPoint blend_point(double strength, int rows) {
  const int styled = std::min(kStyledIndex, rows);
  const double position = rows - (rows - styled) * std::clamp(strength, 0.0, 1.0);
  const double index = std::floor(position);
  return {static_cast<int>(index), position - index};
}

BlendganStyle::BlendganStyle(const Manifest& manifest, FaceGenerator generator,
                             const FaceStyleOptions& options, int batch)
    : FaceStyle(manifest, batch), generator_(std::move(generator)) {
  point_ = options.blend_index ? BlendPoint{*options.blend_index, 0.0}
                               : blend_point(options.strength, static_cast<int>(generator_.rows()));
  style_code_ = style_code_of(generator_.network(), options.reference);
}

// W+ [N,rows,512] of faces with the reference's rows blended in.
FloatTensor BlendganStyle::blended(const FloatTensor& faces) {
  const auto at_index = [&](int index) {
    return generator_.network().call("blend", {faces, style_code_, std::int64_t{index}});
  };
  FloatTensor codes = at_index(point_.index);
  if (point_.beyond > 0.0) {
    const FloatTensor next = at_index(point_.index + 1);
    const auto share = static_cast<float>(point_.beyond);
    for (std::size_t i = 0; i < codes.values.size(); ++i) {
      codes.values[i] += share * (next.values[i] - codes.values[i]);
    }
  }
  return codes;
}

std::vector<cv::Mat> BlendganStyle::apply(const std::vector<cv::Mat>& crops) {
  if (crops.empty()) {
    return {};
  }
  return generator_.draw(blended(generator_.encode(crops)));
}

}  // namespace stylize
