#include <catch2/catch.hpp>
#include <cmath>

#include "faces.h"
#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/face/alignment.h"

using namespace stylize;
using namespace stylize::test;

namespace {

constexpr AlignmentVariant kVariants[] = {AlignmentVariant::kJojogan, AlignmentVariant::kBlendgan,
                                          AlignmentVariant::kExpanded};

// Red grows to the right, green downward: a pixel's colour says where it is.
cv::Mat coordinates(int width, int height) {
  cv::Mat picture(height, width, CV_8UC3);
  picture.forEach<cv::Vec3b>([&](cv::Vec3b& pixel, const int* at) {
    pixel = cv::Vec3b(cv::saturate_cast<std::uint8_t>(at[1] * 255.0 / width),
                      cv::saturate_cast<std::uint8_t>(at[0] * 255.0 / height), 77);
  });
  return picture;
}

}  // namespace

TEST_CASE("the square is centred on the face and turns with it", "[face]") {
  for (const double degrees : {0.0, 30.0, -75.0, 180.0}) {
    CAPTURE(degrees);
    const Quad quad =
        face_quad(drawn_landmarks({300, 200}, 100, degrees), AlignmentVariant::kJojogan);
    const cv::Point2d top = quad[3] - quad[0];
    const cv::Point2d left = quad[1] - quad[0];
    CHECK(std::hypot(top.x, top.y) == Approx(std::hypot(left.x, left.y)));
    CHECK(top.dot(left) == Approx(0.0).margin(1e-6));
    const double turned = std::atan2(top.y, top.x) * 180.0 / CV_PI;
    CHECK(std::remainder(turned - degrees, 360.0) == Approx(0.0).margin(0.1));
    const cv::Point2d center = (quad[0] + quad[2]) * 0.5;
    CHECK(cv::norm(center - cv::Point2d(300, 200)) < 10.0);
  }
  const Quad narrow = face_quad(drawn_landmarks({9, 9}, 100), AlignmentVariant::kBlendgan);
  const Quad wide = face_quad(drawn_landmarks({9, 9}, 100), AlignmentVariant::kExpanded);
  CHECK(cv::norm(wide[3] - wide[0]) == Approx(1.3 * cv::norm(narrow[3] - narrow[0])));
}

TEST_CASE("the transform tells where each crop pixel comes from", "[face]") {
  // 901 x 700 shrinks to sizes that are not whole fractions.
  const cv::Mat picture = coordinates(901, 700);
  const Landmarks landmarks = drawn_landmarks({450, 340}, 250, 20);
  for (const AlignmentVariant variant : kVariants) {
    for (const int size : {256, 64, 50}) {
      CAPTURE(size);
      const AlignedFace face = align_face(picture, landmarks, variant, size);
      REQUIRE(face.crop.size() == cv::Size(size, size));
      for (const cv::Point at : {cv::Point(size / 2, size / 2), cv::Point(size / 4, size / 2),
                                 cv::Point(size / 3, size * 3 / 4)}) {
        const cv::Point2d source = map_point(face.transform.to_picture, at);
        const auto pixel = face.crop.at<cv::Vec3b>(at);
        CHECK(pixel[0] == Approx(source.x * 255.0 / 901).margin(1.5));
        CHECK(pixel[1] == Approx(source.y * 255.0 / 700).margin(1.5));
        CHECK(cv::norm(map_point(face.transform.to_crop, source) - cv::Point2d(at)) < 1e-9);
      }
    }
  }
}

TEST_CASE("a transform can be taken over to another crop size", "[face]") {
  const AlignedFace face = align_face(colorful(300, 300), drawn_landmarks({150, 140}, 100, 10),
                                      AlignmentVariant::kJojogan, 256);
  const CropTransform large = face.transform.resized(1024);
  // The corner of the first pixel, not its centre, is what both sizes share.
  const cv::Point2d corner = map_point(face.transform.to_picture, {-0.5, -0.5});
  CHECK(cv::norm(corner - map_point(large.to_picture, {-0.5, -0.5})) < 1e-9);
  CHECK(cv::norm(corner - face.quad[0]) < 1e-9);
  CHECK(large.crop_pixels_per_picture_pixel() ==
        Approx(4.0 * face.transform.crop_pixels_per_picture_pixel()));
  CHECK(large.resized(256).to_crop(0, 2) == Approx(face.transform.to_crop(0, 2)));
}

TEST_CASE("faces at and beyond the border are padded, not refused", "[face]") {
  const cv::Mat picture = colorful(200, 160);
  for (const cv::Point2d center :
       {cv::Point2d(0, 0), cv::Point2d(199, 80), cv::Point2d(90, 170), cv::Point2d(-30, 60)}) {
    CAPTURE(center);
    const AlignedFace face =
        align_face(picture, drawn_landmarks(center, 90), AlignmentVariant::kJojogan, 128);
    CHECK(face.crop.size() == cv::Size(128, 128));
    double least = 0.0;
    cv::minMaxLoc(face.crop.reshape(1), &least);
    CHECK(cv::countNonZero(face.crop.reshape(1)) > 128 * 128 * 2);
  }
  // Pictures smaller than the padding: mirrored again and again.
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(3, 1), cv::Size(5, 40)}) {
    const cv::Mat flat(size, CV_8UC3, cv::Scalar(90, 120, 150));
    const AlignedFace face =
        align_face(flat, drawn_landmarks({0, 0}, 30), AlignmentVariant::kBlendgan, 32);
    CHECK(max_difference(face.crop, cv::Mat(32, 32, CV_8UC3, cv::Scalar(90, 120, 150))) <= 1.0);
  }
}

TEST_CASE("landmarks that are no face are refused", "[face]") {
  const cv::Mat picture = colorful(100, 100);
  Landmarks same;
  same.fill({50, 50});
  CHECK_THROWS_AS(align_face(picture, same, AlignmentVariant::kJojogan, 64), Error);
  CHECK_THROWS_AS(
      align_face(picture, drawn_landmarks({900, 50}, 50), AlignmentVariant::kJojogan, 64), Error);
  CHECK_THROWS_AS(align_face(cv::Mat::zeros(9, 9, CV_8UC1), drawn_landmarks({4, 4}, 5),
                             AlignmentVariant::kJojogan, 64),
                  Error);
}
