#include "stylize/pipeline/blend.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

namespace stylize {
namespace {

constexpr int kBandRows = 64;  // bounds the floating-point copies, whatever the picture's size

double full_range(const cv::Mat& picture) { return picture.depth() == CV_16U ? 65535.0 : 255.0; }

// L in 0..100.
cv::Mat to_lab(const cv::Mat& rgb) {
  cv::Mat unit;
  rgb.convertTo(unit, CV_32F, 1.0 / full_range(rgb));
  cv::Mat lab;
  cv::cvtColor(unit, lab, cv::COLOR_RGB2Lab);
  return lab;
}

void take_lightness(const cv::Mat& styled_lab, cv::Mat& input_lab) {
  for (int y = 0; y < input_lab.rows; ++y) {
    const auto* styled = styled_lab.ptr<cv::Vec3f>(y);
    auto* pixel = input_lab.ptr<cv::Vec3f>(y);
    for (int x = 0; x < input_lab.cols; ++x) {
      const float lightness = std::max(styled[x][0], 0.0F);
      const float chroma = lightness < pixel[x][0] ? lightness / pixel[x][0] : 1.0F;
      pixel[x] = {lightness, pixel[x][1] * chroma, pixel[x][2] * chroma};
    }
  }
}

void keep_colors_of_rows(const cv::Mat& input, const cv::Mat& styled, cv::Mat& result) {
  cv::Mat lab = to_lab(input);
  take_lightness(to_lab(styled), lab);
  cv::Mat unit;
  cv::cvtColor(lab, unit, cv::COLOR_Lab2RGB);
  unit.convertTo(result, input.depth(), full_range(input));
}

}  // namespace

cv::Mat blend_strength(const cv::Mat& input, const cv::Mat& styled, double strength) {
  if (strength >= 1.0) {
    return styled;
  }
  if (strength <= 0.0) {
    return input;
  }
  cv::Mat mixed;
  cv::addWeighted(styled, strength, input, 1.0 - strength, 0.0, mixed);
  return mixed;
}

cv::Mat keep_colors(const cv::Mat& input, const cv::Mat& styled) {
  cv::Mat result(input.size(), input.type());
  const int bands = (input.rows + kBandRows - 1) / kBandRows;
  cv::parallel_for_({0, bands}, [&](const cv::Range& range) {
    for (int band = range.start; band < range.end; ++band) {
      const cv::Range rows(band * kBandRows, std::min((band + 1) * kBandRows, input.rows));
      cv::Mat target = result.rowRange(rows);
      keep_colors_of_rows(input.rowRange(rows), styled.rowRange(rows), target);
    }
  });
  return result;
}

cv::Mat side_by_side(const cv::Mat& input, const cv::Mat& styled) {
  cv::Mat both;
  cv::hconcat(input, styled, both);
  return both;
}

}  // namespace stylize
