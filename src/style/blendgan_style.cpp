#include "blendgan_style.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "face_tensors.h"
#include "steady_codes.h"
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

void move_towards(FloatTensor& from, const FloatTensor& to, double share) {
  for (std::size_t i = 0; i < from.values.size(); ++i) {
    from.values[i] += static_cast<float>(share) * (to.values[i] - from.values[i]);
  }
}

}  // namespace

BlendPoint blend_point(double strength, int rows) {
  const int styled = std::min(kStyledIndex, rows);
  const double position = rows - (rows - styled) * std::clamp(strength, 0.0, 1.0);
  const double index = std::floor(position);
  return {static_cast<int>(index), position - index};
}

StylePoint style_point(double position, std::size_t styles) {
  const auto steps = static_cast<double>(styles - 1);
  const double along = std::clamp(position, 0.0, 1.0) * steps;
  const double from = std::min(std::floor(along), std::max(0.0, steps - 1.0));
  const double share = along - from;
  return {static_cast<std::size_t>(from), share * share * (3.0 - 2.0 * share)};
}

BlendganStyle::BlendganStyle(const Manifest& manifest, FaceGenerator generator,
                             const FaceStyleOptions& options, int batch)
    : FaceStyle(manifest, batch), generator_(std::move(generator)) {
  point_ = options.blend_index ? BlendPoint{*options.blend_index, 0.0}
                               : blend_point(options.strength, static_cast<int>(generator_.rows()));
  for (const cv::Mat& reference : options.references) {
    style_codes_.push_back(style_code_of(generator_.network(), reference));
  }
  style_code_ = style_codes_.front();
}

void BlendganStyle::move_to(double position) {
  const StylePoint point = style_point(position, style_codes_.size());
  style_code_ = style_codes_[point.style];
  if (point.beyond > 0.0) {
    move_towards(style_code_, style_codes_[point.style + 1], point.beyond);
  }
}

// W+ [N,rows,512] of faces with the reference's rows blended in.
FloatTensor BlendganStyle::blended(const FloatTensor& faces) {
  const auto at_index = [&](int index) {
    return generator_.network().call("blend", {faces, style_code_, std::int64_t{index}});
  };
  FloatTensor codes = at_index(point_.index);
  if (point_.beyond > 0.0) {
    move_towards(codes, at_index(point_.index + 1), point_.beyond);
  }
  return codes;
}

std::vector<cv::Mat> BlendganStyle::apply(const std::vector<cv::Mat>& crops, FaceAnchors anchors) {
  if (crops.empty()) {
    return {};
  }
  FloatTensor faces = generator_.encode(crops);
  steady_codes(faces, anchors);
  return generator_.draw(blended(faces));
}

}  // namespace stylize
