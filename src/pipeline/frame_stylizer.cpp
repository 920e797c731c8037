#include "stylize/pipeline/frame_stylizer.h"

#include <utility>

#include "stylize/media/color_management.h"
#include "stylize/media/resample.h"
#include "stylize/pipeline/blend.h"

namespace stylize {

cv::Size FrameStylizer::network_size(cv::Size size) const {
  if (options_.native_work_size) {
    return size;
  }
  return fit_long_side(size, options_.work_size.value_or(style_.manifest().recommended_size));
}

// The network sees sRGB at its working size; its answer returns to the picture's colour space while
// it is still small.
cv::Mat FrameStylizer::restyle(const cv::Mat& rgb, const std::string& icc) {
  const ColorConverter converter(icc);
  const cv::Mat small = resize_picture(rgb, network_size(rgb.size()));
  const cv::Mat styled = converter.from_srgb(style_.apply(converter.to_srgb(small)));
  return enlarge_drawing(styled, rgb.size());
}

Image FrameStylizer::stylize(Image image) {
  if (options_.max_size) {
    const cv::Size size = fit_long_side(image.rgb.size(), *options_.max_size);
    image.rgb = resize_picture(image.rgb, size);
    image.alpha = image.alpha.empty() ? image.alpha : resize_picture(image.alpha, size);
  }
  cv::Mat styled = image.rgb;
  if (options_.strength > 0.0) {
    styled = restyle(image.rgb, image.icc);
    if (options_.keep_colors) {
      styled = keep_colors(image.rgb, styled);
    }
    styled = blend_strength(image.rgb, styled, options_.strength);
  }
  if (options_.compare) {
    styled = side_by_side(image.rgb, styled);
    image.alpha = image.alpha.empty() ? image.alpha : side_by_side(image.alpha, image.alpha);
  }
  image.rgb = styled;
  return image;
}

}  // namespace stylize
