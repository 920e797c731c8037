#include "max_size.h"

#include "stylize/media/resample.h"

namespace stylize {

void keep_max_size(Image& image, std::optional<int> max_size) {
  if (!max_size) {
    return;
  }
  const cv::Size size = fit_long_side(image.rgb.size(), *max_size);
  image.rgb = resize_picture(image.rgb, size);
  image.alpha = image.alpha.empty() ? image.alpha : resize_picture(image.alpha, size);
}

}  // namespace stylize
