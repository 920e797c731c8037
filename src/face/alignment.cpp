#include "stylize/face/alignment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "alignment_padding.h"
#include "stylize/core/error.h"
#include "stylize/face/pil_resample.h"

namespace stylize {
namespace {

constexpr double kExpansion = 1.3;
constexpr int kOversampling = 4;

// The square by its centre and the half-sides along its top (x) and its left edge (y).
struct Square {
  cv::Point2d center, x, y;

  [[nodiscard]] Quad corners() const {
    return {center - x - y, center - x + y, center + x + y, center + x - y};
  }
};

cv::Point2d mean_of(const Landmarks& landmarks, std::size_t first, std::size_t end) {
  cv::Point2d sum;
  for (std::size_t i = first; i < end; ++i) {
    sum += landmarks[i];
  }
  return sum / static_cast<double>(end - first);
}

Square face_square(const Landmarks& landmarks, AlignmentVariant variant) {
  const cv::Point2d left_eye = mean_of(landmarks, 36, 42);
  const cv::Point2d right_eye = mean_of(landmarks, 42, 48);
  const cv::Point2d eyes = (left_eye + right_eye) * 0.5;
  const cv::Point2d between = right_eye - left_eye;
  const cv::Point2d to_mouth = (landmarks[48] + landmarks[54]) * 0.5 - eyes;
  cv::Point2d x(between.x + to_mouth.y, between.y - to_mouth.x);
  x = x / std::hypot(x.x, x.y);
  x *= std::max(std::hypot(between.x, between.y) * 2.0, std::hypot(to_mouth.x, to_mouth.y) * 1.8);
  if (variant == AlignmentVariant::kExpanded) {
    x *= kExpansion;
  }
  const Square square{eyes + to_mouth * 0.1, x, {-x.y, x.x}};
  // Also false for what is not a number.
  if (!(std::hypot(x.x, x.y) > 0.5 && std::isfinite(square.center.x + square.center.y))) {
    throw Error(ErrorCode::kInternal, "", "the landmarks do not span a face");
  }
  return square;
}

// numpy.rint: halves go to the even neighbour.
int rint_to_int(double value) { return static_cast<int>(std::nearbyint(value)); }

struct Bounds {
  int left, top, right, bottom;
};

Bounds bounds_of(const Quad& quad) {
  const auto [left, right] = std::minmax({quad[0].x, quad[1].x, quad[2].x, quad[3].x});
  const auto [top, bottom] = std::minmax({quad[0].y, quad[1].y, quad[2].y, quad[3].y});
  return {static_cast<int>(std::floor(left)), static_cast<int>(std::floor(top)),
          static_cast<int>(std::ceil(right)), static_cast<int>(std::ceil(bottom))};
}

// The picture on its way to the crop, with the square in its coordinates.
struct Working {
  Quad quad;
  double quad_size;
  cv::Size full_size;  // of the (shrunk) picture of which `part` is needed
  int shrink;          // 1: none
};

Working plan_shrink(const cv::Mat& rgb8, const Quad& quad, double quad_size, int size) {
  Working working{quad, quad_size, rgb8.size(), 1};
  const int shrink = static_cast<int>(std::floor(quad_size / size * 0.5));
  if (shrink > 1) {
    working.shrink = shrink;
    working.full_size = {std::max(1, rint_to_int(static_cast<double>(rgb8.cols) / shrink)),
                         std::max(1, rint_to_int(static_cast<double>(rgb8.rows) / shrink))};
    working.quad_size /= shrink;
    for (cv::Point2d& corner : working.quad) {
      corner = corner / static_cast<double>(shrink);
    }
  }
  return working;
}

int border_of(const Working& working) { return std::max(rint_to_int(working.quad_size * 0.1), 3); }

// The square's neighbourhood, as far as the picture holds it.
cv::Rect needed_part(const Working& working) {
  const int border = border_of(working);
  const Bounds bounds = bounds_of(working.quad);
  const cv::Rect part = cv::Rect(cv::Point(bounds.left - border, bounds.top - border),
                                 cv::Point(bounds.right + border, bounds.bottom + border)) &
                        cv::Rect({0, 0}, working.full_size);
  if (part.empty()) {
    throw Error(ErrorCode::kInternal, "", "the face lies outside the picture");
  }
  return part;
}

// Pads where the square comes close to the border or crosses it, and moves `quad` along.
cv::Mat pad_if_needed(cv::Mat part, Quad& quad, double quad_size, int border) {
  const Bounds bounds = bounds_of(quad);
  Padding padding{std::max(-bounds.left + border, 0), std::max(-bounds.top + border, 0),
                  std::max(bounds.right - part.cols + border, 0),
                  std::max(bounds.bottom - part.rows + border, 0)};
  if (std::max({padding.left, padding.top, padding.right, padding.bottom}) <= border - 4) {
    return part;
  }
  const int least = std::max(rint_to_int(quad_size * 0.3), 1);
  for (int* side : {&padding.left, &padding.top, &padding.right, &padding.bottom}) {
    *side = std::max(*side, least);
  }
  for (cv::Point2d& corner : quad) {
    corner += cv::Point2d(padding.left, padding.top);
  }
  return pad_for_alignment(part, padding, quad_size);
}

cv::Mat sample_square(const cv::Mat& source, Quad quad, AlignmentVariant variant, int size) {
  for (cv::Point2d& corner : quad) {
    corner += cv::Point2d(0.5, 0.5);
  }
  if (variant == AlignmentVariant::kJojogan) {
    return pil_quad_bilinear(source, quad, size);
  }
  const cv::Mat fine = pil_quad_bilinear(source, quad, size * kOversampling);
  return pil_lanczos(fine, {size, size}, {0, 0, size, size});
}

cv::Matx23d inverse_of(const cv::Matx23d& map) {
  const double determinant = map(0, 0) * map(1, 1) - map(0, 1) * map(1, 0);
  const cv::Matx22d linear =
      cv::Matx22d(map(1, 1), -map(0, 1), -map(1, 0), map(0, 0)) * (1.0 / determinant);
  const cv::Vec2d shift = linear * cv::Vec2d(map(0, 2), map(1, 2));
  return {linear(0, 0), linear(0, 1), -shift[0], linear(1, 0), linear(1, 1), -shift[1]};
}

CropTransform transform_from(const cv::Matx23d& to_picture, int size) {
  return {to_picture, inverse_of(to_picture), size};
}

// The crop's pixel (u, v) shows P0 = NW + 2x (u+.5)/S + 2y (v+.5)/S of the picture as the quad has
// it; shrinking to a rounded size moved the content a little against that, by the ratio `kappa` of
// the true and the assumed factor on each axis: P = kappa (P0/k + .5) - .5.
CropTransform crop_transform(const Square& square, const Working& working, cv::Size picture,
                             int size) {
  const cv::Point2d nw = square.center - square.x - square.y;
  const cv::Point2d du = square.x * (2.0 / size);
  const cv::Point2d dv = square.y * (2.0 / size);
  const cv::Point2d origin = nw + (du + dv) * 0.5;
  if (working.shrink == 1) {
    return transform_from({du.x, dv.x, origin.x, du.y, dv.y, origin.y}, size);
  }
  const double k = working.shrink;
  const double kappa_x = static_cast<double>(picture.width) / working.full_size.width;
  const double kappa_y = static_cast<double>(picture.height) / working.full_size.height;
  return transform_from(
      {kappa_x / k * du.x, kappa_x / k * dv.x, kappa_x * (origin.x / k + 0.5) - 0.5,
       kappa_y / k * du.y, kappa_y / k * dv.y, kappa_y * (origin.y / k + 0.5) - 0.5},
      size);
}

}  // namespace

Quad face_quad(const Landmarks& landmarks, AlignmentVariant variant) {
  return face_square(landmarks, variant).corners();
}

CropTransform CropTransform::resized(int new_size) const {
  // Index u of the new crop is (u + 0.5) * ratio - 0.5 of this one.
  const double ratio = static_cast<double>(size) / new_size;
  const double shift = 0.5 * ratio - 0.5;
  const cv::Matx23d& m = to_picture;
  return transform_from({m(0, 0) * ratio, m(0, 1) * ratio, m(0, 2) + (m(0, 0) + m(0, 1)) * shift,
                         m(1, 0) * ratio, m(1, 1) * ratio, m(1, 2) + (m(1, 0) + m(1, 1)) * shift},
                        new_size);
}

double CropTransform::crop_pixels_per_picture_pixel() const {
  return std::sqrt(std::abs(to_crop(0, 0) * to_crop(1, 1) - to_crop(0, 1) * to_crop(1, 0)));
}

cv::Point2d map_point(const cv::Matx23d& map, cv::Point2d point) {
  const cv::Vec2d mapped = map * cv::Vec3d(point.x, point.y, 1.0);
  return {mapped[0], mapped[1]};
}

AlignedFace align_face(const cv::Mat& rgb8, const Landmarks& landmarks, AlignmentVariant variant,
                       int size) {
  if (rgb8.type() != CV_8UC3 || size < 1) {
    throw Error(ErrorCode::kInternal, "", "faces are cut out of 8-bit RGB pictures only");
  }
  const Square square = face_square(landmarks, variant);
  const Quad corners = square.corners();
  Working working = plan_shrink(rgb8, corners, std::hypot(square.x.x, square.x.y) * 2.0, size);
  const cv::Rect part = needed_part(working);
  const cv::Mat pixels =
      working.shrink > 1 ? pil_lanczos(rgb8, working.full_size, part) : rgb8(part);
  for (cv::Point2d& corner : working.quad) {
    corner -= cv::Point2d(part.tl());
  }
  const cv::Mat source = pad_if_needed(pixels, working.quad, working.quad_size, border_of(working));
  return {sample_square(source, working.quad, variant, size), corners,
          crop_transform(square, working, rgb8.size(), size)};
}

}  // namespace stylize
