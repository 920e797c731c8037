#include <catch2/catch.hpp>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "faces.h"
#include "pictures.h"
#include "stylize/pipeline/blend.h"
#include "stylize/pipeline/face_stylizer.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;

namespace {

// Turns crops into their negative, or leaves them.
class TestStyle : public FaceStyle {
 public:
  explicit TestStyle(bool negative)
      : FaceStyle(parse_manifest(R"({"name": "test", "family": "stylegan2", "domain": "face",
                                     "face": {"size": 128}})",
                                 "test")),
        negative_(negative) {}

  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops) override {
    std::vector<cv::Mat> styled;
    for (const cv::Mat& crop : crops) {
      cv::Mat result = crop.clone();
      if (negative_) {
        cv::bitwise_not(crop, result);
      }
      styled.push_back(result);
    }
    return styled;
  }

 private:
  bool negative_;
};

const std::vector<cv::Point2d> kCenters = {{300, 200}, {110, 120}};

// Two faces, the larger one first.
std::vector<Face> two_faces(const cv::Mat& /*rgb8*/) {
  std::vector<Face> faces(2);
  faces[0].landmarks = drawn_landmarks(kCenters[0], 110, 5);
  faces[1].landmarks = drawn_landmarks(kCenters[1], 60);
  return faces;
}

FaceStylizer stylizer(const FaceOptions& options, bool negative = true) {
  return {std::make_unique<TestStyle>(negative), two_faces, options};
}

Image image_of(const cv::Mat& rgb) {
  Image image;
  image.rgb = rgb;
  return image;
}

cv::Vec3d at(const cv::Mat& picture, cv::Point2d point) {
  const cv::Rect around(cvRound(point.x) - 2, cvRound(point.y) - 2, 5, 5);
  const cv::Scalar mean = cv::mean(picture(around));
  return {mean[0], mean[1], mean[2]};
}

// By how much the small face, the large one and a corner changed.
std::array<double, 3> changes(const cv::Mat& before, const cv::Mat& after) {
  return {cv::norm(at(before, kCenters[1]) - at(after, kCenters[1])),
          cv::norm(at(before, kCenters[0]) - at(after, kCenters[0])),
          cv::norm(before(cv::Rect(0, 0, 10, 10)), after(cv::Rect(0, 0, 10, 10)))};
}

cv::Mat photo(int depth = CV_8U) {
  cv::Mat blurred;
  cv::GaussianBlur(colorful(420, 360, depth), blurred, {}, 6.0);
  return blurred;
}

}  // namespace

TEST_CASE("faces are styled, everything else stays", "[pipeline]") {
  const cv::Mat before = photo();
  const FaceResult result = stylizer({}).stylize(image_of(before.clone()));
  REQUIRE(result.faces.size() == 2);
  REQUIRE(result.image.rgb.size() == before.size());
  const auto [small, large, corner] = changes(before, result.image.rgb);
  CHECK(small > 20.0);
  CHECK(large > 20.0);
  CHECK(corner == 0.0);
}

TEST_CASE("only as many faces as asked for, the largest first", "[pipeline]") {
  FaceOptions options;
  options.most_faces = 1;
  const cv::Mat before = photo();
  const FaceResult result = stylizer(options).stylize(image_of(before.clone()));
  REQUIRE(result.faces.size() == 1);
  const auto [small, large, corner] = changes(before, result.image.rgb);
  CHECK(small == 0.0);
  CHECK(large > 20.0);
}

TEST_CASE("a style that changes nothing leaves the photo as it was", "[pipeline]") {
  const cv::Mat before = photo();
  const FaceResult result = stylizer({}, false).stylize(image_of(before.clone()));
  CHECK(mean_difference(result.image.rgb, before) < 0.1);
  CHECK(max_difference(result.image.rgb, before) <= 3.0);
}

TEST_CASE("16-bit pictures stay 16-bit and keep their samples outside the faces", "[pipeline]") {
  const cv::Mat before = photo(CV_16U);
  const FaceResult result = stylizer({}).stylize(image_of(before.clone()));
  REQUIRE(result.image.rgb.type() == CV_16UC3);
  const auto [small, large, corner] = changes(before, result.image.rgb);
  CHECK(small > 20.0 * 257.0);
  CHECK(large > 20.0 * 257.0);
  CHECK(corner == 0.0);
}

TEST_CASE("without a face the picture comes back untouched", "[pipeline]") {
  FaceOptions options;
  options.compare = true;
  options.max_size = 50;
  FaceStylizer none(
      std::make_unique<TestStyle>(true), [](const cv::Mat&) { return std::vector<Face>(); },
      options);
  const cv::Mat before = photo();
  const FaceResult result = none.stylize(image_of(before.clone()));
  CHECK(result.faces.empty());
  CHECK(max_difference(result.image.rgb, before) == 0.0);
}

TEST_CASE("without pasting the styled crops stand beside each other", "[pipeline]") {
  FaceOptions options;
  options.paste = false;
  const cv::Mat before = photo();
  Image image = image_of(before);
  image.alpha = cv::Mat(before.size(), CV_8UC1, cv::Scalar(9));
  const FaceResult result = stylizer(options).stylize(image);
  REQUIRE(result.image.rgb.size() == cv::Size(256, 128));
  CHECK(result.image.alpha.empty());
  cv::Mat negative;
  cv::bitwise_not(
      align_face(before, two_faces({})[0].landmarks, AlignmentVariant::kJojogan, 128).crop,
      negative);
  CHECK(max_difference(result.image.rgb(cv::Rect(0, 0, 128, 128)), negative) == 0.0);
  options.compare = true;
  const FaceResult compared = stylizer(options).stylize(image_of(photo(CV_16U)));
  CHECK(compared.image.rgb.size() == cv::Size(512, 128));
  CHECK(compared.image.rgb.type() == CV_16UC3);
}

TEST_CASE("compare and max_size come after the faces", "[pipeline]") {
  FaceOptions options;
  options.compare = true;
  options.max_size = 420;
  Image image = image_of(photo());
  image.alpha = cv::Mat(image.rgb.size(), CV_8UC1, cv::Scalar(9));
  const FaceResult result = stylizer(options).stylize(image);
  CHECK(result.image.rgb.size() == cv::Size(420, 180));
  CHECK(result.image.alpha.size() == cv::Size(420, 180));
}

TEST_CASE("the photo's hue can be kept", "[pipeline]") {
  FaceOptions options;
  const cv::Mat before(360, 420, CV_8UC3, cv::Scalar(200, 120, 90));
  const cv::Vec3d negative =
      at(stylizer(options).stylize(image_of(before.clone())).image.rgb, kCenters[0]);
  CHECK(negative[0] < negative[2]);
  options.keep_colors = true;
  const cv::Vec3d kept =
      at(stylizer(options).stylize(image_of(before.clone())).image.rgb, kCenters[0]);
  CHECK(kept[0] > kept[2]);
}

TEST_CASE("a reference is seen as its largest face, or whole", "[pipeline]") {
  const FaceCrop crop{AlignmentVariant::kBlendgan, 64};
  const cv::Mat picture = photo();
  CHECK(reference_view(picture, two_faces, crop).size() == cv::Size(64, 64));
  const auto nobody = [](const cv::Mat&) { return std::vector<Face>(); };
  CHECK(reference_view(picture, nobody, crop).size() == picture.size());
}
