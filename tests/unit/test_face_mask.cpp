#include <catch2/catch.hpp>
#include <cmath>

#include "faces.h"
#include "pictures.h"
#include "stylize/face/face_mask.h"

using namespace stylize;
using namespace stylize::test;

namespace {

constexpr MaskShape kShapes[] = {MaskShape::kFace, MaskShape::kHead, MaskShape::kSquare};

struct Masked {
  Landmarks landmarks;
  CropTransform transform;
};

Masked aligned(double degrees, int size, AlignmentVariant variant = AlignmentVariant::kJojogan) {
  const Landmarks landmarks = drawn_landmarks({200, 190}, 130, degrees);
  return {landmarks, align_face(colorful(400, 400), landmarks, variant, size).transform};
}

float at_landmark(const cv::Mat& mask, const Masked& face, std::size_t index) {
  const cv::Point2d at = map_point(face.transform.to_crop, face.landmarks.at(index));
  return mask.at<float>(cv::Point(cvRound(at.x), cvRound(at.y)));
}

float steepest_step(const cv::Mat& mask) {
  return static_cast<float>(
      std::max(max_difference(mask.colRange(1, mask.cols), mask.colRange(0, mask.cols - 1)),
               max_difference(mask.rowRange(1, mask.rows), mask.rowRange(0, mask.rows - 1))));
}

}  // namespace

TEST_CASE("masks hold the face and end softly before the crop does", "[face]") {
  for (const MaskShape shape : kShapes) {
    for (const int size : {64, 256, 1024}) {
      for (const double degrees : {0.0, 40.0}) {
        CAPTURE(static_cast<int>(shape), size, degrees);
        const Masked face = aligned(degrees, size);
        const cv::Mat mask = make_face_mask(face.landmarks, face.transform, shape);
        REQUIRE(mask.size() == cv::Size(size, size));
        REQUIRE(mask.type() == CV_32FC1);
        for (const std::size_t inside : {30U, 36U, 45U, 48U, 54U}) {
          CHECK(at_landmark(mask, face, inside) > 0.99F);
        }
        double low = 0.0;
        double high = 0.0;
        cv::minMaxLoc(mask, &low, &high);
        CHECK(low == 0.0);
        CHECK(high <= 1.0);
        CHECK(cv::countNonZero(mask.row(0)) + cv::countNonZero(mask.row(size - 1)) +
                  cv::countNonZero(mask.col(0)) + cv::countNonZero(mask.col(size - 1)) ==
              0);
        CHECK(steepest_step(mask) < 45.0F / static_cast<float>(size));
      }
    }
  }
}

TEST_CASE("the head's mask holds the face's, the square's the most", "[face]") {
  const Masked face = aligned(15.0, 256);
  const cv::Mat small = make_face_mask(face.landmarks, face.transform, MaskShape::kFace);
  const cv::Mat head = make_face_mask(face.landmarks, face.transform, MaskShape::kHead);
  const cv::Mat square = make_face_mask(face.landmarks, face.transform, MaskShape::kSquare);
  CHECK(cv::mean(small)[0] < 0.75 * cv::mean(head)[0]);
  CHECK(cv::mean(head)[0] < 0.85 * cv::mean(square)[0]);
  CHECK(cv::countNonZero(small > head + 0.02) == 0);
  // Forehead and hair: above the brows by half a face width.
  const cv::Point2d hair =
      map_point(face.transform.to_crop, face.landmarks[27]) -
      cv::Point2d(0.0, 0.55 * 130 * face.transform.crop_pixels_per_picture_pixel());
  const cv::Point pixel(cvRound(hair.x), cvRound(hair.y));
  CHECK(head.at<float>(pixel) > 0.9F);
  CHECK(small.at<float>(pixel) < 0.01F);
}

TEST_CASE("masks follow the face, not the crop, in the wider crop", "[face]") {
  const Masked face = aligned(0.0, 256, AlignmentVariant::kExpanded);
  const Masked close = aligned(0.0, 256);
  const double wide_part =
      cv::mean(make_face_mask(face.landmarks, face.transform, MaskShape::kFace))[0];
  const double close_part =
      cv::mean(make_face_mask(close.landmarks, close.transform, MaskShape::kFace))[0];
  CHECK(close_part / wide_part == Approx(1.69).epsilon(0.05));
}

TEST_CASE("tiny crops and wild landmarks still give masks", "[face]") {
  for (const int size : {1, 2, 7}) {
    const Masked face = aligned(0.0, size);
    for (const MaskShape shape : kShapes) {
      CHECK(make_face_mask(face.landmarks, face.transform, shape).size() == cv::Size(size, size));
    }
  }
  Masked face = aligned(0.0, 64);
  face.landmarks[3] = {-1e7, 1e7};
  CHECK(cv::checkRange(make_face_mask(face.landmarks, face.transform, MaskShape::kFace)));
}
