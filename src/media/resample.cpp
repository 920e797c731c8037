#include "stylize/media/resample.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <opencv2/imgproc.hpp>

namespace stylize {
namespace {

constexpr int kBandRows = 128;

struct EdgeSharpening {
  int radius;        // of the local range, in pixels of the large picture
  float gain;        // how much steeper an edge becomes
  float full_range;  // largest value of a sample
};

// Local contrasts below kFaint (of the full range) are texture and stay; above kClear they are
// edges.
constexpr float kFaint = 0.04F;
constexpr float kClear = 0.14F;

float smooth_step(float x) {
  x = std::clamp(x, 0.0F, 1.0F);
  return x * x * (3.0F - 2.0F * x);
}

template <typename Sample>
Sample sharpen_sample(Sample value, Sample low, Sample high, const EdgeSharpening& sharpening) {
  const auto range = static_cast<float>(high - low);
  const float weight = smooth_step((range / sharpening.full_range - kFaint) / (kClear - kFaint));
  if (weight <= 0.0F) {
    return value;
  }
  const float position = static_cast<float>(value - low) / range;
  const float steep = smooth_step((position - 0.5F) * sharpening.gain + 0.5F);
  const float mixed = position + weight * (steep - position);
  return cv::saturate_cast<Sample>(static_cast<float>(low) + mixed * range);
}

template <typename Sample>
void sharpen_rows(const cv::Mat& picture, cv::Mat& result, cv::Range rows,
                  const EdgeSharpening& sharpening) {
  // erode and dilate look beyond a sub-matrix into its parent, so bands meet without a seam. A
  // square window is separable, so its cost does not grow with the radius.
  const int side = 2 * sharpening.radius + 1;
  const cv::Mat kernel = cv::getStructuringElement(cv::MORPH_RECT, {side, side});
  cv::Mat low;
  cv::Mat high;
  const cv::Mat band = picture.rowRange(rows);
  cv::erode(band, low, kernel);
  cv::dilate(band, high, kernel);
  const int samples = picture.cols * picture.channels();
  for (int y = 0; y < band.rows; ++y) {
    const auto* in = band.ptr<Sample>(y);
    const auto* lows = low.ptr<Sample>(y);
    const auto* highs = high.ptr<Sample>(y);
    auto* out = result.ptr<Sample>(rows.start + y);
    for (int x = 0; x < samples; ++x) {
      out[x] = sharpen_sample(in[x], lows[x], highs[x], sharpening);
    }
  }
}

cv::Mat sharpen_edges(const cv::Mat& picture, const EdgeSharpening& sharpening) {
  cv::Mat result(picture.size(), picture.type());
  const int bands = (picture.rows + kBandRows - 1) / kBandRows;
  cv::parallel_for_({0, bands}, [&](const cv::Range& range) {
    for (int band = range.start; band < range.end; ++band) {
      const cv::Range rows(band * kBandRows, std::min((band + 1) * kBandRows, picture.rows));
      if (picture.depth() == CV_16U) {
        sharpen_rows<std::uint16_t>(picture, result, rows, sharpening);
      } else {
        sharpen_rows<std::uint8_t>(picture, result, rows, sharpening);
      }
    }
  });
  return result;
}

}  // namespace

cv::Size with_long_side(cv::Size size, int long_side) {
  const double scale = static_cast<double>(long_side) / std::max(size.width, size.height);
  const auto scaled = [scale](int side) {
    return std::max(1, static_cast<int>(std::lround(side * scale)));
  };
  return {scaled(size.width), scaled(size.height)};
}

cv::Size fit_long_side(cv::Size size, int long_side) {
  return std::max(size.width, size.height) <= long_side ? size : with_long_side(size, long_side);
}

cv::Mat resize_picture(const cv::Mat& picture, cv::Size size) {
  if (picture.size() == size) {
    return picture;
  }
  const bool shrinks = size.width < picture.cols || size.height < picture.rows;
  cv::Mat result;
  cv::resize(picture, result, size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_CUBIC);
  return result;
}

cv::Mat enlarge_drawing(const cv::Mat& picture, cv::Size size) {
  cv::Mat smooth = resize_picture(picture, size);
  const double factor = static_cast<double>(size.width) / picture.cols;
  constexpr double kWorthwhile = 1.2;
  if (factor < kWorthwhile) {
    return smooth;
  }
  const EdgeSharpening sharpening{.radius = std::max(1, static_cast<int>(std::lround(factor))),
                                  .gain = static_cast<float>(std::min(factor, 4.0)),
                                  .full_range = picture.depth() == CV_16U ? 65535.0F : 255.0F};
  return sharpen_edges(smooth, sharpening);
}

}  // namespace stylize
