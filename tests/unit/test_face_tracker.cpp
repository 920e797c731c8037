#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "faces.h"
#include "src/pipeline/face_tracker.h"

using namespace stylize;
using namespace stylize::test;

namespace {

constexpr double kWidth = 100.0;  // of a face, from ear to ear

Face face_at(cv::Point2d center, double width = kWidth) {
  Face face;
  face.landmarks = drawn_landmarks(center, width);
  return face;
}

const cv::Mat& scene() {
  static const cv::Mat kPicture(300, 400, CV_8UC3, cv::Scalar(90, 120, 60));
  return kPicture;
}

double nose_x(const FaceTrack& track) { return track.face.landmarks[30].x; }

double spread(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return *most - *least;
}

}  // namespace

TEST_CASE("landmarks that jitter come to rest", "[pipeline]") {
  FaceTracker tracker;
  std::vector<double> found;
  std::vector<double> followed;
  for (int frame = 0; frame < 30; ++frame) {
    const Face face = face_at({200.0 + (frame % 2 == 0 ? 1.0 : -1.0), 150.0});
    const std::vector<FaceTrack> tracks = tracker.follow(scene(), {face});
    REQUIRE(tracks.size() == 1);
    CHECK(tracks[0].opacity == 1.0);  // there from the first frame on
    if (frame >= 10) {
      found.push_back(face.landmarks[30].x);
      followed.push_back(nose_x(tracks[0]));
    }
  }
  CHECK(spread(found) == Approx(2.0));
  CHECK(spread(followed) < 1.2);
}

TEST_CASE("a face that moves is followed without falling behind", "[pipeline]") {
  FaceTracker tracker;
  for (int frame = 0; frame < 20; ++frame) {
    const Face face = face_at({80.0 + 8.0 * frame, 150.0});
    const std::vector<FaceTrack> tracks = tracker.follow(scene(), {face});
    REQUIRE(tracks.size() == 1);
    CHECK(tracks[0].id == 0);
    CHECK(std::abs(nose_x(tracks[0]) - face.landmarks[30].x) < 0.03 * kWidth);
  }
}

TEST_CASE("a face that is lost for a moment stays, and one that is gone fades", "[pipeline]") {
  FaceTracker tracker;
  const Face face = face_at({200, 150});
  tracker.follow(scene(), {face});
  double before = 1.0;
  for (int frame = 0; frame < 3; ++frame) {
    const std::vector<FaceTrack> tracks = tracker.follow(scene(), {});
    REQUIRE(tracks.size() == 1);
    CHECK(tracks[0].opacity < before);
    before = tracks[0].opacity;
  }
  std::vector<FaceTrack> tracks = tracker.follow(scene(), {face});
  REQUIRE(tracks.size() == 1);
  CHECK(tracks[0].id == 0);
  CHECK(tracks[0].opacity > before);
  int frames = 0;
  while (!tracker.follow(scene(), {}).empty()) {
    REQUIRE(++frames < 20);
  }
  CHECK(frames >= 3);
}

TEST_CASE("a face that comes later appears over some frames", "[pipeline]") {
  FaceTracker tracker;
  tracker.follow(scene(), {});
  double before = 0.0;
  for (int frame = 0; frame < 4; ++frame) {
    const double opacity = tracker.follow(scene(), {face_at({200, 150})}).at(0).opacity;
    CHECK(opacity > before);
    before = opacity;
  }
  CHECK(before == 1.0);
}

TEST_CASE("faces keep who they are, whatever their order", "[pipeline]") {
  FaceTracker tracker;
  const std::vector<FaceTrack> first =
      tracker.follow(scene(), {face_at({120, 150}), face_at({280, 150}, 80.0)});
  REQUIRE(first.size() == 2);
  const std::vector<FaceTrack> second =
      tracker.follow(scene(), {face_at({284, 150}, 82.0), face_at({118, 150})});
  REQUIRE(second.size() == 2);
  CHECK(second[0].id == first[0].id);  // the largest first
  CHECK(second[1].id == first[1].id);
  CHECK(nose_x(second[0]) < nose_x(second[1]));
}

TEST_CASE("after a cut faces are new and there at once", "[pipeline]") {
  FaceTracker tracker;
  tracker.follow(scene(), {face_at({200, 150})});
  const cv::Mat other(300, 400, CV_8UC3, cv::Scalar(200, 30, 180));
  const std::vector<FaceTrack> tracks = tracker.follow(other, {face_at({204, 150})});
  REQUIRE(tracks.size() == 1);
  CHECK(tracks[0].id == 1);
  CHECK(tracks[0].opacity == 1.0);
  CHECK(nose_x(tracks[0]) == face_at({204, 150}).landmarks[30].x);
}

TEST_CASE("another tracker goes on from a memory", "[pipeline]") {
  FaceTracker first;
  first.follow(scene(), {face_at({200, 150})});
  first.follow(scene(), {face_at({203, 151}), face_at({60, 60}, 50.0)});
  first.follow(scene(), {});
  FaceTracker second;
  second.recall(nlohmann::json::from_cbor(nlohmann::json::to_cbor(first.memory())));
  const std::vector<Face> found{face_at({205, 152})};
  const std::vector<FaceTrack> expected = first.follow(scene(), found);
  const std::vector<FaceTrack> tracks = second.follow(scene(), found);
  REQUIRE(tracks.size() == expected.size());
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    CHECK(tracks[i].id == expected[i].id);
    CHECK(tracks[i].opacity == expected[i].opacity);
    CHECK(tracks[i].face.landmarks == expected[i].face.landmarks);
  }
}
