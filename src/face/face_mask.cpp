#include "stylize/face/face_mask.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace stylize {
namespace {

using Outline = std::vector<cv::Point2d>;  // closed and convex, in crop indices

constexpr int kMaxWorkSize = 256;  // masks are smooth: drawn at most this large, then enlarged

// Parts of the face's width from ear to ear:
constexpr double kFaceFade = 0.13;
constexpr double kHeadFade = 0.18;
constexpr double kBrowLift = 0.05;      // so that brows and what the style makes of them fit in
constexpr double kForeheadLift = 0.16;  // at the face's middle, for a round outline
constexpr double kHeadHalfWidth = 0.59;
constexpr double kBelowChin = 0.08;
// Part of the height from the line between the ears to the chin; a skull reaches about 1.
constexpr double kHairHeight = 1.12;

constexpr double kBorderFade = 0.08;  // part of the crop's side

// The face's own axes in the crop.
struct Axes {
  cv::Point2d middle;  // between the ears
  cv::Point2d right;   // unit length
  cv::Point2d up;      // unit length
  double width;        // ear to ear
  double height;       // ears to chin
};

Axes face_axes(const Landmarks& points) {
  const cv::Point2d across = points[16] - points[0];
  const double width = std::max(std::hypot(across.x, across.y), 1e-6);
  const cv::Point2d right = across / width;
  const cv::Point2d up(right.y, -right.x);
  const cv::Point2d middle = (points[0] + points[16]) * 0.5;
  return {middle, right, up, width, std::max((middle - points[8]).dot(up), 0.3 * width)};
}

Outline hull_of(const Outline& points) {
  std::vector<cv::Point2f> rough(points.begin(), points.end());
  std::vector<cv::Point2f> hull;
  cv::convexHull(rough, hull);
  return {hull.begin(), hull.end()};
}

Outline face_outline(const Landmarks& points, const Axes& axes) {
  Outline outline(points.begin(), points.begin() + 17);
  for (std::size_t i = 17; i < 27; ++i) {
    const double aside =
        std::min(2.0 * std::abs((points[i] - axes.middle).dot(axes.right)) / axes.width, 1.0);
    const double lift = kBrowLift + (kForeheadLift - kBrowLift) * (1.0 - aside * aside);
    outline.push_back(points[i] + axes.up * (lift * axes.width));
  }
  return hull_of(outline);
}

// Two half ellipses that meet at the ears: hair above, cheeks and chin below.
Outline head_outline(const Axes& axes) {
  constexpr int kCorners = 96;
  Outline outline;
  for (int i = 0; i < kCorners; ++i) {
    const double angle = 2.0 * CV_PI * i / kCorners;
    const double rise = std::sin(angle);
    const double height =
        rise > 0.0 ? kHairHeight * axes.height : axes.height + kBelowChin * axes.width;
    outline.push_back(axes.middle + axes.right * (std::cos(angle) * kHeadHalfWidth * axes.width) +
                      axes.up * (rise * height));
  }
  return outline;
}

void draw(cv::Mat& inside, const Outline& outline, double scale) {
  constexpr int kShift = 8;
  std::vector<cv::Point> corners;
  for (const cv::Point2d& corner : outline) {
    // Far outside is as good as farther, and keeps the fixed-point numbers in range.
    const auto fixed = [&](double index) {
      const double at = std::clamp((index + 0.5) * scale - 0.5, -8192.0, 8192.0);
      return static_cast<int>(std::lround(at * (1 << kShift)));
    };
    corners.emplace_back(fixed(corner.x), fixed(corner.y));
  }
  cv::fillConvexPoly(inside, corners, cv::Scalar(255), cv::LINE_8, kShift);
}

float smooth_step(float x) {
  x = std::clamp(x, 0.0F, 1.0F);
  return x * x * (3.0F - 2.0F * x);
}

// 1 inside, 0 from `fade` pixels outside on.
cv::Mat faded(const cv::Mat& inside, double fade) {
  cv::Mat distance;
  cv::distanceTransform(255 - inside, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  // The distance of a pixel raster has kinks; the fade is wide enough to lose nothing here.
  cv::GaussianBlur(distance, distance, {}, std::max(0.15 * fade, 0.5));
  const auto scale = static_cast<float>(1.0 / std::max(fade, 1.0));
  distance.forEach<float>(
      [scale](float& value, const int*) { value = smooth_step(1.0F - value * scale); });
  return distance;
}

void fade_at_border(cv::Mat& mask) {
  std::vector<float> weights;
  for (int i = 0; i < mask.cols; ++i) {
    const double from_border = std::min(i, mask.cols - 1 - i) / std::max(mask.cols - 1.0, 1.0);
    weights.push_back(smooth_step(static_cast<float>(from_border / kBorderFade)));
  }
  for (int y = 0; y < mask.rows; ++y) {
    auto* row = mask.ptr<float>(y);
    for (int x = 0; x < mask.cols; ++x) {
      row[x] *= weights[static_cast<std::size_t>(x)] * weights[static_cast<std::size_t>(y)];
    }
  }
}

}  // namespace

cv::Mat make_face_mask(const Landmarks& landmarks, const CropTransform& transform,
                       MaskShape shape) {
  const int size = transform.size;
  cv::Mat mask(size, size, CV_32FC1, cv::Scalar(1.0));
  if (shape != MaskShape::kSquare) {
    Landmarks points = landmarks;
    for (cv::Point2d& point : points) {
      point = map_point(transform.to_crop, point);
    }
    const Axes axes = face_axes(points);
    const int work_size = std::min(size, kMaxWorkSize);
    const double scale = static_cast<double>(work_size) / size;
    cv::Mat inside(work_size, work_size, CV_8UC1, cv::Scalar(0));
    draw(inside, face_outline(points, axes), scale);
    if (shape == MaskShape::kHead) {
      draw(inside, head_outline(axes), scale);
    }
    const double fade = shape == MaskShape::kHead ? kHeadFade : kFaceFade;
    const cv::Mat small = faded(inside, fade * axes.width * scale);
    cv::resize(small, mask, mask.size(), 0, 0, cv::INTER_LINEAR);
  }
  fade_at_border(mask);
  return mask;
}

}  // namespace stylize
