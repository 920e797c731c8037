// Upright square crops of faces, as the networks were trained on them, and the way back.
#pragma once

#include <array>

#include <opencv2/core.hpp>

#include "stylize/face/face.h"

namespace stylize {

// Whose crop: the three differ in how the square is sampled and how much is around the face.
enum class AlignmentVariant {
  kJojogan,   // sampled at the crop's own size
  kBlendgan,  // sampled four times as fine, then reduced: FFHQ's original way
  kExpanded,  // the same from a square 1.3 times as wide (face_paint styles)
};

// Corners in the order north-west, south-west, south-east, north-east, in picture indices.
using Quad = std::array<cv::Point2d, 4>;

// The FFHQ square of a face (Karras et al. 2019, appendix A): centred between eyes and mouth,
// turned with the eyes, wide as twice the distance between the eyes or 1.8 times that from eyes to
// mouth. Throws Error kInternal when the points do not span a square. Thread safe.
Quad face_quad(const Landmarks& landmarks, AlignmentVariant variant);

// The affine map between pixel indices of a picture (centre of the top left pixel 0,0) and of a
// square crop of `size` pixels a side.
struct CropTransform {
  cv::Matx23d to_picture;
  cv::Matx23d to_crop;
  int size = 0;

  // The same square cut into `new_size` pixels a side, for networks whose output has another size
  // than their input.
  [[nodiscard]] CropTransform resized(int new_size) const;

  // Crop pixels for each picture pixel: above 1 where the crop is finer than the photo.
  [[nodiscard]] double crop_pixels_per_picture_pixel() const;
};

cv::Point2d map_point(const cv::Matx23d& map, cv::Point2d point);

struct AlignedFace {
  cv::Mat crop;  // CV_8UC3, size x size; what lies outside the picture is mirrored and blurred
  Quad quad;     // in picture indices
  CropTransform transform;
};

// Cuts the face out of a CV_8UC3 RGB picture: shrinks a picture that is much finer than the crop
// (Lanczos), mirrors and blurs over the picture's border, samples the square bilinearly. `size` is
// 1 or more. Bit for bit what the reference programs compute with Pillow, numpy and scipy. Throws
// Error kInternal when the square lies outside the picture. Thread safe.
AlignedFace align_face(const cv::Mat& rgb8, const Landmarks& landmarks, AlignmentVariant variant,
                       int size);

}  // namespace stylize
