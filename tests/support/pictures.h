// Test pictures, written and read by libvips directly, so that our own reader and writer are never
// compared with themselves.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vips/vips8>

namespace stylize::test {

// Colourful and different everywhere: gradients with a few discs. CV_8UC3 or CV_16UC3, RGB.
cv::Mat colorful(int width, int height, int depth = CV_8U);

// 1 to 4 channels; `suffix_options` as libvips takes them, e.g. "[Q=90]". The file name may hold
// anything but brackets.
void save_picture(const std::string& path, const cv::Mat& pixels,
                  const std::string& suffix_options = {});

vips::VImage open_picture(const std::string& path);

// All pixels as the file has them.
cv::Mat load_pixels(const std::string& path);

double max_difference(const cv::Mat& left, const cv::Mat& right);
double mean_difference(const cv::Mat& left, const cv::Mat& right);

// The EXIF orientation tag in the file's own EXIF block; 0 when there is none.
int exif_orientation(const std::string& path);

}  // namespace stylize::test
