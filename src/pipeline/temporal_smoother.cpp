#include "temporal_smoother.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

namespace stylize {
namespace {

// Levels by which a moved pixel may differ until its weight is exp(-1): the noise of a camera and
// of compression lies below.
constexpr float kNoise = 12.0F;
// Where less than this share of a picture is found again, it is another scene.
constexpr double kLeastFoundAgain = 0.25;
// Smaller pictures have no flow worth looking for.
constexpr int kLeastSide = 32;

cv::Mat grey(const cv::Mat& rgb) {
  cv::Mat result;
  cv::cvtColor(rgb, result, cv::COLOR_RGB2GRAY);
  return result;
}

// For every pixel of `after` where it was in `before`, CV_32FC2.
cv::Mat places_before(const cv::Mat& before, const cv::Mat& after) {
  cv::Mat flow;
  cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_FAST)
      ->calc(grey(after), grey(before), flow);
  flow.forEach<cv::Vec2f>([](cv::Vec2f& place, const int* at) {
    place[0] += static_cast<float>(at[1]);
    place[1] += static_cast<float>(at[0]);
  });
  return flow;
}

// How much every pixel of `after` looks like the moved one, 0..1, CV_32FC1; 0 for what comes from
// outside the picture.
cv::Mat likeness(const cv::Mat& moved, const cv::Mat& after, const cv::Mat& places) {
  cv::Mat difference;
  cv::subtract(moved, after, difference, cv::noArray(), CV_16S);
  // With its sign, so that noise cancels out and what has changed does not.
  cv::blur(difference, difference, {3, 3});
  cv::Mat weights(after.size(), CV_32FC1);
  const auto right = static_cast<float>(after.cols - 1);
  const auto bottom = static_cast<float>(after.rows - 1);
  weights.forEach<float>([&](float& weight, const int* at) {
    const auto& place = places.at<cv::Vec2f>(at);
    const bool is_inside =
        place[0] >= 0.0F && place[1] >= 0.0F && place[0] <= right && place[1] <= bottom;
    const auto& levels = difference.at<cv::Vec3s>(at);
    const int changed = std::max({std::abs(levels[0]), std::abs(levels[1]), std::abs(levels[2])});
    const float most = static_cast<float>(changed) / kNoise;
    weight = is_inside ? std::exp(-most * most) : 0.0F;
  });
  return weights;
}

// `drawn` with `weights` of `past` over it.
cv::Mat blend(const cv::Mat& drawn, const cv::Mat& past, const cv::Mat& weights, float amount) {
  cv::Mat result(drawn.size(), CV_8UC3);
  result.forEach<cv::Vec3b>([&](cv::Vec3b& pixel, const int* at) {
    const float share = amount * weights.at<float>(at);
    const auto& now = drawn.at<cv::Vec3b>(at);
    const auto& before = past.at<cv::Vec3b>(at);
    for (int c = 0; c < 3; ++c) {
      const auto level = static_cast<float>(now[c]);
      pixel[c] =
          cv::saturate_cast<std::uint8_t>(level + share * (static_cast<float>(before[c]) - level));
    }
  });
  return result;
}

}  // namespace

cv::Mat TemporalSmoother::steady(const cv::Mat& input, const cv::Mat& drawn) {
  cv::Mat result = drawn;
  const bool goes_on = last_.input.size() == input.size() && last_.drawn.size() == drawn.size() &&
                       std::min(input.cols, input.rows) >= kLeastSide;
  if (goes_on) {
    const cv::Mat places = places_before(last_.input, input);
    cv::Mat moved;
    cv::remap(last_.input, moved, places, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    const cv::Mat weights = likeness(moved, input, places);
    if (cv::mean(weights)[0] >= kLeastFoundAgain) {
      cv::Mat past;
      cv::remap(last_.drawn, past, places, cv::noArray(), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
      result = blend(drawn, past, weights, static_cast<float>(amount_));
    }
  }
  last_ = {input, result};
  return result;
}

}  // namespace stylize
