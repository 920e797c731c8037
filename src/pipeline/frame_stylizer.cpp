#include "stylize/pipeline/frame_stylizer.h"

#include <algorithm>
#include <utility>

#include "stylize/media/color_management.h"
#include "stylize/media/resample.h"
#include "stylize/pipeline/blend.h"

namespace stylize {

namespace {

// A picture below the style's size is enlarged for drawing, or small faces would lose their
// features; beyond this factor there is nothing left to draw finer.
constexpr int kLargestEnlargement = 2;

}  // namespace

cv::Size FrameStylizer::network_size(cv::Size size) const {
  const std::optional<int> recommended = style_.manifest().recommended_size;
  if (options_.native_work_size || (!options_.work_size && !recommended)) {
    return size;
  }
  if (options_.work_size) {
    return with_long_side(size, *options_.work_size);
  }
  const int longest = std::max(size.width, size.height);
  return with_long_side(size, std::min(*recommended, kLargestEnlargement * longest));
}

// The network sees sRGB at its working size; its answer returns to the picture's colour space
// before its size.
cv::Mat FrameStylizer::restyle(const cv::Mat& rgb, const std::string& icc) {
  const ColorConverter converter(icc);
  const cv::Size size = network_size(rgb.size());
  style_.check_fits_memory(size);  // before the picture is enlarged to it
  const cv::Mat working = resize_picture(rgb, size);
  const cv::Mat styled = converter.from_srgb(style_.apply(converter.to_srgb(working)));
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
