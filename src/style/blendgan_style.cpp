#include "blendgan_style.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "face_tensors.h"
#include "jojogan_style.h"
#include "stylize/core/error.h"
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

BlendganStyle::BlendganStyle(const Manifest& manifest, Parts parts, const FaceStyleOptions& options)
    : FaceStyle(manifest), parts_(std::move(parts)) {
  require_fit(parts_.encoder, parts_.generator, manifest.name);
  const auto rows = static_cast<int>(parts_.encoder.rows());
  point_ = options.blend_index ? BlendPoint{*options.blend_index, 0.0}
                               : blend_point(options.strength, rows);
  style_code_ = style_code_of(parts_.generator, options.reference);
  noise_ = noise_for(parts_.generator, options);
}

FloatTensor BlendganStyle::blended(const FloatTensor& face) {
  const auto at_index = [&](int index) {
    return parts_.generator.call("blend", {face, style_code_, std::int64_t{index}});
  };
  FloatTensor code = at_index(point_.index);
  if (point_.beyond > 0.0) {
    const FloatTensor next = at_index(point_.index + 1);
    const auto share = static_cast<float>(point_.beyond);
    for (std::size_t i = 0; i < code.values.size(); ++i) {
      code.values[i] += share * (next.values[i] - code.values[i]);
    }
  }
  return code;
}

std::vector<cv::Mat> BlendganStyle::apply(const std::vector<cv::Mat>& crops) {
  std::vector<cv::Mat> styled;
  for (const cv::Mat& crop : crops) {
    const FloatTensor code = blended(parts_.encoder.encode(crop));
    styled.push_back(to_picture(parts_.generator.call("synthesis", {code, noise_}), manifest()));
  }
  return styled;
}

}  // namespace stylize
