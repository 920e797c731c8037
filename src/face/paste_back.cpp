#include "stylize/face/paste_back.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "color_seam.h"
#include "crop_resample.h"
#include "stylize/core/error.h"

namespace stylize {
namespace {

constexpr float kLeastWeight = 1.0F / 1024.0F;  // less changes no 8-bit pixel that one could see
constexpr int kFitMargin = 4;                   // pixels around the mask that take part in the fit
constexpr int kVisibleGrid = 64;

// The smallest rectangle of picture pixels around a rectangle of crop pixels.
cv::Rect picture_bounds(const CropTransform& transform, cv::Rect crop_part) {
  const double left = crop_part.x - 1.0;
  const double top = crop_part.y - 1.0;
  const double right = crop_part.br().x;
  const double bottom = crop_part.br().y;
  const std::array<cv::Point2d, 4> corners = {map_point(transform.to_picture, {left, top}),
                                              map_point(transform.to_picture, {right, top}),
                                              map_point(transform.to_picture, {left, bottom}),
                                              map_point(transform.to_picture, {right, bottom})};
  const auto by_x = [](const cv::Point2d& a, const cv::Point2d& b) { return a.x < b.x; };
  const auto by_y = [](const cv::Point2d& a, const cv::Point2d& b) { return a.y < b.y; };
  const auto [west, east] = std::minmax_element(corners.begin(), corners.end(), by_x);
  const auto [north, south] = std::minmax_element(corners.begin(), corners.end(), by_y);
  return {cv::Point(cvFloor(west->x), cvFloor(north->y)),
          cv::Point(cvCeil(east->x) + 1, cvCeil(south->y) + 1)};
}

// Which cells of the crop show the picture rather than what was padded.
cv::Mat visible_cells(const CropTransform& transform, cv::Size picture) {
  const CropTransform coarse = transform.resized(kVisibleGrid);
  cv::Mat visible(kVisibleGrid, kVisibleGrid, CV_8UC1);
  visible.forEach<std::uint8_t>([&](std::uint8_t& cell, const int* place) {
    const cv::Point2d at = map_point(coarse.to_picture, cv::Point2d(place[1], place[0]));
    cell = at.x >= 0.0 && at.y >= 0.0 && at.x <= picture.width - 1.0 && at.y <= picture.height - 1.0
               ? 255
               : 0;
  });
  return visible;
}

struct Patch {
  cv::Mat crop;    // CV_32FC3
  cv::Mat fitted;  // on the picture's grid, from `origin` on; empty: interpolated from `crop`
  cv::Point origin;
  const cv::Mat& mask;
  CropTransform transform;
};

template <typename Sample>
void blend_row(cv::Mat& picture, int y, cv::Range columns, const Patch& patch,
               std::vector<cv::Vec3f>& buffer) {
  constexpr float kScale = sizeof(Sample) == 2 ? 257.0F : 1.0F;
  const cv::Vec3f* colors = nullptr;
  if (patch.fitted.empty()) {
    interpolate_crop_row(patch.crop, patch.transform, y, columns, buffer.data());
    colors = buffer.data();
  } else {
    colors = patch.fitted.ptr<cv::Vec3f>(y - patch.origin.y) + (columns.start - patch.origin.x);
  }
  auto* pixel = picture.ptr<cv::Vec<Sample, 3>>(y) + columns.start;
  for (int x = columns.start; x < columns.end; ++x, ++pixel, ++colors) {
    const cv::Point2d at = map_point(patch.transform.to_crop, cv::Point2d(x, y));
    const float weight = mask_at(patch.mask, at);
    if (weight < kLeastWeight) {
      continue;
    }
    for (int c = 0; c < 3; ++c) {
      const auto before = static_cast<float>((*pixel)[c]);
      const float color = std::clamp((*colors)[c], 0.0F, 255.0F) * kScale;
      (*pixel)[c] = cv::saturate_cast<Sample>(before + (color - before) * weight);
    }
  }
}

void check(const cv::Mat& picture, const StyledFace& face) {
  const bool sound = (picture.type() == CV_8UC3 || picture.type() == CV_16UC3) &&
                     (face.styled.type() == CV_8UC3 || face.styled.type() == CV_32FC3) &&
                     (face.original.empty() || face.original.type() == CV_8UC3) &&
                     face.mask.type() == CV_32FC1 && face.styled.rows == face.styled.cols &&
                     face.mask.size() == face.styled.size() && face.transform.size > 0;
  if (!sound) {
    throw Error(ErrorCode::kInternal, "", "a styled face does not fit its picture");
  }
}

void paste_face(cv::Mat& picture, const StyledFace& face) {
  const cv::Rect part = touched_pixels(face, picture.size());
  if (part.empty()) {
    return;
  }
  Patch patch{{}, {}, {}, face.mask, face.transform.resized(face.styled.cols)};
  face.styled.convertTo(patch.crop, CV_32F);
  if (!face.original.empty()) {
    patch.crop = match_edge_colors(patch.crop, face.original, face.mask,
                                   visible_cells(patch.transform, picture.size()));
  }
  if (patch.transform.crop_pixels_per_picture_pixel() >= kFitFrom) {
    const cv::Rect grown(part.x - kFitMargin, part.y - kFitMargin, part.width + 2 * kFitMargin,
                         part.height + 2 * kFitMargin);
    patch.fitted = fit_crop(patch.crop, patch.transform, grown);
    patch.origin = grown.tl();
  }
  const cv::Range columns(part.x, part.x + part.width);
  cv::parallel_for_({part.y, part.y + part.height}, [&](const cv::Range& rows) {
    std::vector<cv::Vec3f> buffer(static_cast<std::size_t>(part.width));
    for (int y = rows.start; y < rows.end; ++y) {
      if (picture.depth() == CV_16U) {
        blend_row<std::uint16_t>(picture, y, columns, patch, buffer);
      } else {
        blend_row<std::uint8_t>(picture, y, columns, patch, buffer);
      }
    }
  });
}

// Width of the face's square in picture pixels.
double extent(const StyledFace& face) {
  return face.transform.size / face.transform.crop_pixels_per_picture_pixel();
}

}  // namespace

cv::Rect touched_pixels(const StyledFace& face, cv::Size picture) {
  const cv::Rect used = cv::boundingRect(face.mask >= kLeastWeight);
  if (used.empty()) {
    return {};
  }
  const CropTransform transform = face.transform.resized(face.styled.cols);
  return picture_bounds(transform, used) & cv::Rect({0, 0}, picture);
}

void paste_faces(cv::Mat& picture, std::vector<StyledFace> faces) {
  for (const StyledFace& face : faces) {
    check(picture, face);
  }
  std::stable_sort(faces.begin(), faces.end(), [](const StyledFace& left, const StyledFace& right) {
    return extent(left) < extent(right);
  });
  for (const StyledFace& face : faces) {
    paste_face(picture, face);
  }
}

}  // namespace stylize
