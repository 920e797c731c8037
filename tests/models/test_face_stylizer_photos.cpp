// Faces of real photos, styled with real AnimeGANv2 weights and put back (../shared/data).
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "faces.h"
#include "pictures.h"
#include "stylize/face/landmarks_file.h"
#include "stylize/media/image_io.h"
#include "stylize/pipeline/face_stylizer.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;

namespace {

// The Hayao weights under the manifest of a face_paint style.
std::unique_ptr<FaceStyle> paint(double strength) {
  RegisteredStyle style;
  style.manifest = parse_manifest(
      R"({"name": "paint", "family": "animegan", "face": {"size": 256, "expand": 1.3},
          "input": {"minimum": 8}, "output": {"rounding": "truncate"}})",
      "test");
  style.model_path = STYLIZE_MODEL_FIXTURES "/hayao_align1.pt";
  style.manifest_path = "test.json";
  FaceStyleOptions options;
  options.strength = strength;
  return open_face_style(style, Registry({}), {DeviceKind::kCpu, 0, {}}, Precision::kFp32, options);
}

// Values that differ, of all.
double changed(const cv::Mat& left, const cv::Mat& right) {
  cv::Mat difference;
  cv::absdiff(left, right, difference);
  return cv::countNonZero(difference.reshape(1)) / (3.0 * left.rows * left.cols);
}

}  // namespace

TEST_CASE("every face of a photo is styled and put back", "[stylizer]") {
  const std::string path = STYLIZE_SHARED_DIR "/data/faces_68/2008_001009.jpg";
  const cv::Mat before = load_pixels(path);
  const FaceDetector detector(find_landmarks_file({}, {}));
  FaceStylizer all(paint(1.0), shared_detector(detector), {});
  const StyledPicture result = all.stylize(read_image(path));
  CHECK(result.faces.size() == 2);
  REQUIRE(result.image.rgb.size() == before.size());
  const double most = changed(result.image.rgb, before);
  CHECK(most > 0.02);
  CHECK(most < 0.7);  // the rest of the photo stays bit for bit
  // The same photo gives the same bytes, also from another object.
  FaceStylizer again(paint(1.0), shared_detector(detector), {});
  CHECK(max_difference(again.stylize(read_image(path)).image.rgb, result.image.rgb) == 0.0);
  FaceOptions one;
  one.most_faces = 1;
  FaceStylizer largest(paint(1.0), shared_detector(detector), one);
  const StyledPicture single = largest.stylize(read_image(path));
  CHECK(single.faces.size() == 1);
  CHECK(changed(single.image.rgb, before) < 0.8 * most);
}

TEST_CASE("strength 0 leaves the photo as it was, within what resampling costs", "[stylizer]") {
  const std::string path = STYLIZE_SHARED_DIR "/data/faces_68/2009_004587.jpg";
  const FaceDetector detector(find_landmarks_file({}, {}));
  FaceStylizer none(paint(0.0), shared_detector(detector), {});
  const StyledPicture result = none.stylize(read_image(path));
  REQUIRE_FALSE(result.faces.empty());
  CHECK(mean_difference(result.image.rgb, load_pixels(path)) < 0.2);
}
