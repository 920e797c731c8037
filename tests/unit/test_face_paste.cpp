#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

#include "faces.h"
#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/face/alignment.h"
#include "stylize/face/face_mask.h"
#include "stylize/face/paste_back.h"

using namespace stylize;
using namespace stylize::test;

namespace {

cv::Mat eight_bit(const cv::Mat& picture) {
  cv::Mat result;
  picture.convertTo(result, CV_8U, picture.depth() == CV_16U ? 1.0 / 257.0 : 1.0);
  return result;
}

StyledFace unchanged(const cv::Mat& picture, const Landmarks& landmarks, int size,
                     MaskShape shape = MaskShape::kFace) {
  const AlignedFace face =
      align_face(eight_bit(picture), landmarks, AlignmentVariant::kJojogan, size);
  return {face.crop.clone(), face.crop, make_face_mask(landmarks, face.transform, shape),
          face.transform};
}

StyledFace painted(const cv::Mat& picture, const Landmarks& landmarks, const cv::Scalar& color) {
  StyledFace face = unchanged(picture, landmarks, 128);
  face.styled = cv::Mat(face.styled.size(), CV_8UC3, color);
  face.original = cv::Mat();  // no matching of colours
  return face;
}

cv::Mat changed_pixels(const cv::Mat& left, const cv::Mat& right) {
  cv::Mat difference;
  cv::absdiff(left, right, difference);
  cv::Mat any;
  cv::transform(difference, any, cv::Matx13f(1, 1, 1));
  return any > 0;
}

// The middle of the template's face: between nose and mouth.
cv::Point middle_of(const Landmarks& landmarks) {
  const cv::Point2d at = (landmarks[33] + landmarks[51]) * 0.5;
  return {cvRound(at.x), cvRound(at.y)};
}

}  // namespace

TEST_CASE("an unchanged crop comes back as it was, in 8 and 16 bit", "[face]") {
  for (const int depth : {CV_8U, CV_16U}) {
    const cv::Mat picture = colorful(400, 300, depth);
    for (const double width : {25.0, 70.0, 150.0}) {
      for (const int size : {64, 256, 512}) {
        CAPTURE(depth, width, size);
        cv::Mat result = picture.clone();
        const StyledFace face = unchanged(picture, drawn_landmarks({200, 130}, width, 25), size);
        if (face.transform.crop_pixels_per_picture_pixel() < 0.9) {
          continue;  // what the crop has lost cannot come back
        }
        paste_faces(result, {face});
        cv::Mat everywhere(picture.size(), CV_8UC1, cv::Scalar(255));
        CHECK(psnr(eight_bit(result), eight_bit(picture), everywhere) > 40.0);
      }
    }
  }
}

TEST_CASE("nothing outside the mask changes", "[face]") {
  const cv::Mat picture = colorful(400, 300);
  for (const MaskShape shape : {MaskShape::kFace, MaskShape::kHead, MaskShape::kSquare}) {
    for (const int size : {32, 512}) {
      StyledFace face = unchanged(picture, drawn_landmarks({210, 140}, 80, -20), size, shape);
      face.styled = cv::Scalar::all(255) - face.original;
      cv::Mat result = picture.clone();
      paste_faces(result, {face});
      cv::Mat changed = changed_pixels(result, picture);
      CHECK(cv::countNonZero(changed) > 1000);
      for (int y = 0; y < changed.rows; ++y) {
        for (int x = 0; x < changed.cols; ++x) {
          if (changed.at<std::uint8_t>(y, x) == 0) continue;
          const cv::Point2d at = map_point(face.transform.to_crop, cv::Point2d(x, y));
          const cv::Rect2d around(at.x - 1.0, at.y - 1.0, 2.0, 2.0);
          const cv::Rect pixels(cvFloor(around.x), cvFloor(around.y), 3, 3);
          const cv::Rect inside = pixels & cv::Rect({0, 0}, face.mask.size());
          REQUIRE_FALSE(inside.empty());
          REQUIRE(cv::countNonZero(face.mask(inside)) > 0);
        }
      }
      changed(touched_pixels(face, picture.size())).setTo(0);
      CHECK(cv::countNonZero(changed) == 0);
    }
  }
}

TEST_CASE("the styled colour fills the mask's middle at every scale", "[face]") {
  for (const int depth : {CV_8U, CV_16U}) {
    const cv::Mat picture = colorful(500, 400, depth);
    for (const double width : {20.0, 60.0, 220.0}) {
      const Landmarks landmarks = drawn_landmarks({250, 170}, width, 35);
      cv::Mat result = picture.clone();
      paste_faces(result, {painted(picture, landmarks, {10, 200, 90})});
      const cv::Mat pixel = eight_bit(result)(cv::Rect(middle_of(landmarks), cv::Size(1, 1)));
      CHECK(max_difference(pixel, cv::Mat(1, 1, CV_8UC3, cv::Scalar(10, 200, 90))) <= 1.0);
    }
  }
}

TEST_CASE("of overlapping faces the largest wins, whatever the order given", "[face]") {
  const cv::Mat picture = colorful(400, 300);
  const Landmarks large = drawn_landmarks({180, 130}, 120);
  const Landmarks small = drawn_landmarks({250, 150}, 60);
  const StyledFace red = painted(picture, large, {250, 0, 0});
  const StyledFace blue = painted(picture, small, {0, 0, 250});
  cv::Mat one = picture.clone();
  cv::Mat other = picture.clone();
  paste_faces(one, {red, blue});
  paste_faces(other, {blue, red});
  CHECK(max_difference(one, other) == 0.0);
  CHECK(one.at<cv::Vec3b>(middle_of(large))[0] >= 249);
  CHECK(one.at<cv::Vec3b>(150, 215)[0] >= 249);  // inside both
  CHECK(one.at<cv::Vec3b>(150, 272)[2] >= 249);  // inside the small one alone
}

TEST_CASE("parts beyond the picture are dropped", "[face]") {
  const cv::Mat picture = colorful(200, 150);
  for (const cv::Point2d center :
       {cv::Point2d(0, 0), cv::Point2d(199, 149), cv::Point2d(-25, 70), cv::Point2d(100, 160)}) {
    for (const int size : {32, 256}) {
      CAPTURE(center, size);
      cv::Mat result = picture.clone();
      paste_faces(result, {painted(picture, drawn_landmarks(center, 90), {0, 255, 0})});
      CHECK(cv::countNonZero(changed_pixels(result, picture)) > 100);
      cv::Mat same = picture.clone();
      paste_faces(same, {unchanged(picture, drawn_landmarks(center, 90), size)});
      cv::Mat everywhere(picture.size(), CV_8UC1, cv::Scalar(255));
      CHECK(psnr(same, picture, everywhere) > 40.0);
    }
  }
}

TEST_CASE("a shift of all colours fades out toward the mask's edge", "[face]") {
  const cv::Mat picture(400, 400, CV_8UC3, cv::Scalar(120, 110, 100));
  const Landmarks landmarks = drawn_landmarks({200, 180}, 160);
  StyledFace face = unchanged(picture, landmarks, 256);
  face.styled = face.original + cv::Scalar(60, 0, -40);
  cv::Mat matched = picture.clone();
  paste_faces(matched, {face});
  face.original = cv::Mat();
  cv::Mat plain = picture.clone();
  paste_faces(plain, {face});
  // Just inside the jaw the photo's colour shows; in the middle the style's.
  const cv::Point cheek(cvRound(landmarks[2].x) + 3, cvRound(landmarks[2].y));
  CHECK(+plain.at<cv::Vec3b>(cheek)[0] > 165);
  CHECK(+matched.at<cv::Vec3b>(cheek)[0] < 145);
  CHECK(+matched.at<cv::Vec3b>(middle_of(landmarks))[0] > 170);
}

TEST_CASE("a crop may come back larger than it went, and as floats", "[face]") {
  const cv::Mat picture = colorful(300, 300);
  StyledFace face = unchanged(picture, drawn_landmarks({150, 140}, 100, 10), 256);
  cv::resize(face.styled, face.styled, {512, 512}, 0, 0, cv::INTER_CUBIC);
  face.styled.convertTo(face.styled, CV_32F);
  cv::resize(face.mask, face.mask, {512, 512});
  cv::Mat result = picture.clone();
  paste_faces(result, {face});
  CHECK(psnr(result, picture, cv::Mat(300, 300, CV_8UC1, cv::Scalar(255))) > 40.0);
  face.mask = face.mask(cv::Rect(0, 0, 9, 9));
  CHECK_THROWS_AS(paste_faces(result, {face}), Error);
}

TEST_CASE("empty masks and no faces change nothing", "[face]") {
  const cv::Mat picture = colorful(1, 1);
  cv::Mat result = picture.clone();
  paste_faces(result, {});
  StyledFace face = unchanged(picture, drawn_landmarks({0, 0}, 30), 64);
  face.mask.setTo(0.0);
  CHECK(touched_pixels(face, picture.size()).empty());
  paste_faces(result, {face});
  CHECK(max_difference(result, picture) == 0.0);
}
