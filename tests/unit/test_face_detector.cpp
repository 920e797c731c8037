#include <catch2/catch.hpp>
#include <filesystem>

#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/face/face_detector.h"
#include "stylize/face/landmarks_file.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;

namespace {

ErrorCode code_of(const Error& error) { return error.code(); }

}  // namespace

TEST_CASE("the detector's scale follows the picture's long side", "[face]") {
  CHECK(detection_scale({500, 375}) == 2.0);
  CHECK(detection_scale({1200, 1600}) == 2.0);
  CHECK(detection_scale({3200, 100}) == 1.0);
  CHECK(detection_scale({6400, 4800}) == 0.5);
  CHECK(detection_scale({1, 1}) == 2.0);
}

TEST_CASE("the landmark model is looked for in the user's choice, then in known places", "[face]") {
  const TempDir dir;
  const std::string name = "shape_predictor_68_face_landmarks.dat";
  write_file(dir / name, "x");
  write_file(dir / "mine.dat", "x");
  CHECK(find_landmarks_file(dir / "mine.dat", {dir.path()}) == dir / "mine.dat");
  CHECK(find_landmarks_file({}, {dir.path() / "no", dir.path()}) == dir / name);
  CHECK(find_landmarks_file({}, {}).filename() == name);  // Debian's
  try {
    find_landmarks_file(dir / "missing.dat", {dir.path()});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(code_of(error) == ErrorCode::kModelMissing);
    CHECK_THAT(error.what(), Catch::Contains("missing.dat") &&
                                 Catch::Contains("apt install libdlib-data, or --landmarks FILE"));
  }
}

TEST_CASE("a damaged landmark model is refused with its name", "[face]") {
  const TempDir dir;
  write_file(dir / "empty.dat", "");
  write_file(dir / "text.dat", "this is no model of any kind, only text that goes on for a while");
  write_file(dir / "packed.dat", "BZh91AY&SY");
  const std::string real = read_file(find_landmarks_file({}, {}));
  write_file(dir / "truncated.dat", real.substr(0, real.size() / 3));
  for (const std::string name : {"empty.dat", "text.dat", "packed.dat", "truncated.dat"}) {
    CAPTURE(name);
    try {
      const FaceDetector detector(dir / name);
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(code_of(error) == ErrorCode::kModelInvalid);
      CHECK_THAT(error.what(), Catch::Contains(name) && Catch::Contains("landmark model"));
    }
  }
  CHECK_THROWS_AS(FaceDetector(dir / "nothing.dat"), Error);
}

TEST_CASE("pictures without a face have none, whatever their size", "[face]") {
  FaceDetector detector(find_landmarks_file({}, {}));
  FaceDetector copy = detector;
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(7, 1), cv::Size(1, 900), cv::Size(19, 30),
                              cv::Size(25, 25), cv::Size(200, 150)}) {
    CAPTURE(size);
    CHECK(detector.detect(colorful(size.width, size.height)).empty());
    CHECK(copy.detect(cv::Mat::zeros(size, CV_8UC3)).empty());
  }
  CHECK_THROWS_AS(detector.detect(cv::Mat::zeros(9, 9, CV_16UC3)), Error);
}
