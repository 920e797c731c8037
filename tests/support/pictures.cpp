#include "pictures.h"

#include <opencv2/imgproc.hpp>

#include "src/media/vips_runtime.h"

namespace stylize::test {

cv::Mat colorful(int width, int height, int depth) {
  const double range = depth == CV_16U ? 65535.0 : 255.0;
  cv::Mat picture(height, width, CV_32FC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float u = static_cast<float>(x) / static_cast<float>(std::max(1, width - 1));
      const float v = static_cast<float>(y) / static_cast<float>(std::max(1, height - 1));
      picture.at<cv::Vec3f>(y, x) = {0.1F + 0.8F * u, 0.1F + 0.8F * v, 0.5F + 0.4F * u * v};
    }
  }
  const int radius = std::min(width, height) / 5;
  if (radius > 0) {
    cv::circle(picture, {width / 3, height / 3}, radius, {0.9, 0.2, 0.1}, cv::FILLED, cv::LINE_AA);
    cv::circle(picture, {2 * width / 3, height / 2}, radius, {0.1, 0.3, 0.8}, cv::FILLED,
               cv::LINE_AA);
  }
  cv::Mat result;
  picture.convertTo(result, depth, range);
  return result;
}

void save_picture(const std::string& path, const cv::Mat& pixels,
                  const std::string& suffix_options) {
  ensure_vips();
  const bool grey = pixels.channels() < 3;
  const bool deep = pixels.depth() == CV_16U;
  const auto interpretation = grey ? (deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
                                   : (deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);
  wrap_pixels(pixels, interpretation).write_to_file((path + suffix_options).c_str());
}

vips::VImage open_picture(const std::string& path) {
  ensure_vips();
  return vips::VImage::new_from_source(vips::VSource::new_from_file(path.c_str()), "");
}

cv::Mat load_pixels(const std::string& path) { return copy_pixels(open_picture(path)); }

double max_difference(const cv::Mat& left, const cv::Mat& right) {
  return cv::norm(left, right, cv::NORM_INF);
}

double mean_difference(const cv::Mat& left, const cv::Mat& right) {
  return cv::norm(left, right, cv::NORM_L1) /
         static_cast<double>(left.total() * static_cast<std::size_t>(left.channels()));
}

int exif_orientation(const std::string& path) {
  const vips::VImage image = open_picture(path);
  return image.get_typeof("orientation") == 0 ? 0 : image.get_int("orientation");
}

}  // namespace stylize::test
