// BlendGAN: one generator for the style of any picture.
#pragma once

#include <cstddef>
#include <vector>

#include "face_generator.h"
#include "stylize/style/face_style.h"

namespace stylize {

// Where between unstyled and fully styled a W+ is taken: blend(index), moved by `beyond` of the way
// to blend(index + 1).
struct BlendPoint {
  int index = 0;
  double beyond = 0.0;  // 0 <= beyond < 1
};

// Strength 1 is index 6, as the original programs have it, 0 is `rows` (unstyled), straight between
// them: rows - (rows - 6) * strength.
BlendPoint blend_point(double strength, int rows);

// Where between the styles of a clip a picture is: style `style`, moved by `beyond` of the way to
// the next one.
struct StylePoint {
  std::size_t style = 0;
  double beyond = 0.0;  // 0..1
};

// `position` is 0 at the first of `styles` (1 or more), 1 at the last. Each one is left and reached
// slowly: 3 x^2 - 2 x^3.
StylePoint style_point(double position, std::size_t styles);

// Liu et al., "BlendGAN: Implicitly GAN Blending for Arbitrary Stylized Face Generation": pSp's W+
// of the face and the code of the reference are blended row by row of W+, by the learned shares
// (section 3, WBM). The reference's code is computed once.
class BlendganStyle : public FaceStyle {
 public:
  // `options` have a reference, or several to move between.
  BlendganStyle(const Manifest& manifest, FaceGenerator generator, const FaceStyleOptions& options,
                int batch);

  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops, FaceAnchors anchors) override;
  using FaceStyle::apply;

  void move_to(double position) override;

 private:
  FloatTensor blended(const FloatTensor& faces);

  FaceGenerator generator_;
  BlendPoint point_;
  std::vector<FloatTensor> style_codes_;  // [1,512] each, of the references
  FloatTensor style_code_;                // of the moment
};

}  // namespace stylize
