#include "ycgco.h"

namespace stylize {
namespace {

// Code values of 8 bits; those of 16 are 256 times as large when limited.
constexpr double kBlack = 16.0;
constexpr double kWhite = 235.0;
constexpr double kMiddle = 128.0;
constexpr double kChromaRange = 224.0;

}  // namespace

cv::Mat ycgco_to_rgb(const std::array<cv::Mat, 3>& planes, bool full_range) {
  const bool deep = planes[0].depth() == CV_16U;
  const double most = deep ? 65535.0 : 255.0, unit = deep ? 256.0 : 1.0;
  const double luma = full_range ? 1.0 : most / (unit * (kWhite - kBlack));
  const double chroma = full_range ? 1.0 : most / (unit * kChromaRange);
  cv::Mat y, green, orange;
  planes[0].convertTo(y, CV_32F, luma, full_range ? 0.0 : -luma * unit * kBlack);
  planes[1].convertTo(green, CV_32F, chroma, -chroma * unit * kMiddle);
  planes[2].convertTo(orange, CV_32F, chroma, -chroma * unit * kMiddle);
  const cv::Mat rest = y - green;
  const std::array<cv::Mat, 3> channels{rest + orange, y + green, rest - orange};
  cv::Mat rgb;
  cv::merge(channels.data(), channels.size(), rgb);
  rgb.convertTo(rgb, planes[0].depth());
  return rgb;
}

}  // namespace stylize
