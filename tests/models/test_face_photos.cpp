// Faces in real photos: found, cut out and put back (../shared/data).
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <set>
#include <string>
#include <vector>

#include "faces.h"
#include "pictures.h"
#include "stylize/face/alignment.h"
#include "stylize/face/face_detector.h"
#include "stylize/face/face_mask.h"
#include "stylize/face/landmarks_file.h"
#include "stylize/face/paste_back.h"
#include "stylize/media/image_io.h"

using namespace stylize;
using namespace stylize::test;

namespace {

const std::string kData = STYLIZE_SHARED_DIR "/data/";

double overlap(const cv::Rect2d& left, const cv::Rect2d& right) {
  const double common = (left & right).area();
  return common / (left.area() + right.area() - common);
}

bool holds(const std::vector<Face>& faces, const cv::Rect2d& box) {
  return std::any_of(faces.begin(), faces.end(),
                     [&box](const Face& face) { return overlap(face.box, box) > 0.4; });
}

std::vector<std::string> portraits() {
  std::set<std::string> sorted;
  for (const auto& entry : std::filesystem::directory_iterator(kData + "portraits")) {
    sorted.insert(entry.path().string());
  }
  return {sorted.begin(), sorted.end()};
}

// Picture pixels well inside the mask.
cv::Mat inside_of(const StyledFace& face, cv::Size picture) {
  cv::Mat inside = cv::Mat::zeros(picture, CV_8UC1);
  const cv::Rect area = touched_pixels(face, picture);
  for (int y = area.y; y < area.br().y; ++y) {
    for (int x = area.x; x < area.br().x; ++x) {
      const cv::Point2d at = map_point(face.transform.to_crop, cv::Point2d(x, y));
      const cv::Point pixel(cvRound(at.x), cvRound(at.y));
      if (cv::Rect({0, 0}, face.mask.size()).contains(pixel) && face.mask.at<float>(pixel) > 0.5F) {
        inside.at<std::uint8_t>(y, x) = 255;
      }
    }
  }
  return inside;
}

// The least PSNR in dB, inside the masks, after a face went out and came back unchanged.
double round_trip(const cv::Mat& photo, const Face& face, AlignmentVariant variant, int size) {
  const AlignedFace aligned = align_face(photo, face.landmarks, variant, size);
  double least = 1000.0;
  for (const MaskShape shape : {MaskShape::kFace, MaskShape::kHead}) {
    const StyledFace same{aligned.crop, aligned.crop,
                          make_face_mask(face.landmarks, aligned.transform, shape),
                          aligned.transform};
    cv::Mat result = photo.clone();
    paste_faces(result, {same});
    least = std::min(least, psnr(result, photo, inside_of(same, photo.size())));
  }
  return least;
}

}  // namespace

TEST_CASE("the detector finds the annotated faces and puts the largest first", "[faces]") {
  FaceDetector detector(find_landmarks_file({}, {}));
  int expected = 0;
  int found = 0;
  int others = 0;
  for (const AnnotatedPhoto& photo : annotated_photos()) {
    const std::vector<Face> faces = detector.detect(read_image(photo.path).rgb);
    CHECK(std::is_sorted(faces.begin(), faces.end(), [](const Face& left, const Face& right) {
      return left.box.area() > right.box.area();
    }));
    for (const Face& face : photo.faces) {
      ++expected;
      found += holds(faces, face.box) ? 1 : 0;
    }
    for (const Face& face : faces) {
      others += holds(photo.faces, face.box) ? 0 : 1;
    }
  }
  CHECK(expected == 43);
  CHECK(found >= 42);
  CHECK(others <= 1);
}

TEST_CASE("small faces are found in large photos", "[faces]") {
  FaceDetector detector(find_landmarks_file({}, {}));
  const cv::Mat portrait = read_image(portraits().front()).rgb;
  const std::vector<Face> large = detector.detect(portrait);
  REQUIRE(large.size() == 1);
  for (const auto& [width, height, face] :
       {std::array<int, 3>{1600, 400, 40}, std::array<int, 3>{4000, 300, 100}}) {
    const double scale = face / large[0].box.width;
    cv::Mat small;
    cv::resize(portrait, small, {}, scale, scale, cv::INTER_AREA);
    cv::Mat photo(height, width, CV_8UC3, cv::Scalar(120, 130, 125));
    const cv::Point corner(width / 3, height / 4);
    small.copyTo(photo(cv::Rect(corner, small.size())));
    const cv::Rect2d box(cv::Point2d(corner) + large[0].box.tl() * scale, cv::Size2d(face, face));
    CHECK(holds(detector.detect(photo), box));
  }
}

TEST_CASE("a copy of the detector finds the same", "[faces]") {
  FaceDetector detector(find_landmarks_file({}, {}));
  FaceDetector copy(detector);
  const cv::Mat photo = read_image(kData + "faces_68/2008_002506.jpg").rgb;
  const std::vector<Face> faces = detector.detect(photo);
  const std::vector<Face> again = copy.detect(photo);
  REQUIRE(faces.size() == 3);
  REQUIRE(again.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(faces[i].box == again[i].box);
    CHECK(faces[i].landmarks == again[i].landmarks);
  }
}

TEST_CASE("unchanged faces come back as they were", "[faces]") {
  double worst = 1000.0;
  const auto check = [&worst](const cv::Mat& photo, const Face& face, const std::string& name) {
    const double jojogan = round_trip(photo, face, AlignmentVariant::kJojogan, 1024);
    CAPTURE(name, face.box.width, jojogan);
    CHECK(jojogan >= 40.0);
    worst = std::min(worst, jojogan);
    if (face.box.width < 250) {  // of these a small crop, too, is as fine as the photo
      const double blendgan = round_trip(photo, face, AlignmentVariant::kBlendgan, 512);
      const double expanded = round_trip(photo, face, AlignmentVariant::kExpanded, 512);
      CAPTURE(blendgan, expanded);
      CHECK(std::min(blendgan, expanded) >= 40.0);
      worst = std::min({worst, blendgan, expanded});
    }
  };
  for (const AnnotatedPhoto& photo : annotated_photos()) {
    const cv::Mat pixels = read_image(photo.path).rgb;
    check(pixels, photo.faces.front(), photo.path);
    check(pixels, photo.faces.back(), photo.path);
  }
  FaceDetector detector(find_landmarks_file({}, {}));
  for (const std::string& path : portraits()) {
    const cv::Mat pixels = read_image(path).rgb;
    for (const Face& face : detector.detect(pixels)) {
      check(pixels, face, path);
    }
  }
  WARN("worst round trip: " << worst << " dB");
}
