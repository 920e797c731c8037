// Face alignment against the crops of the original programs (../shared/parity/align).
#include <catch2/catch.hpp>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "pictures.h"
#include "stylize/face/alignment.h"
#include "stylize/media/image_io.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
using nlohmann::json;

namespace {

const std::string kParity = STYLIZE_SHARED_DIR "/parity/";

AlignmentVariant variant_of(const json& output) {
  if (output.at("expand").get<double>() > 1.0) {
    return AlignmentVariant::kExpanded;
  }
  return output.at("repo") == "mchong6/JoJoGAN" ? AlignmentVariant::kJojogan
                                                : AlignmentVariant::kBlendgan;
}

Landmarks landmarks_of(const json& face) {
  Landmarks landmarks;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const json& point = face.at("landmarks").at(i);
    landmarks.at(i) = {point.at(0).get<double>(), point.at(1).get<double>()};
  }
  return landmarks;
}

double changed_fraction(const cv::Mat& left, const cv::Mat& right) {
  cv::Mat difference;
  cv::absdiff(left, right, difference);
  return static_cast<double>(cv::countNonZero(difference.reshape(1))) /
         static_cast<double>(difference.total() * 3);
}

json faces() { return json::parse(read_file(kParity + "align/align.json")).at("faces"); }

}  // namespace

TEST_CASE("quads equal the reference's", "[alignment]") {
  const json all = faces();
  for (const json& face : all) {
    CAPTURE(face.at("id"));
    const Quad quad = face_quad(landmarks_of(face), AlignmentVariant::kJojogan);
    for (std::size_t i = 0; i < quad.size(); ++i) {
      CHECK(quad.at(i).x == Approx(face.at("quad").at(i).at(0).get<double>()).margin(1e-9));
      CHECK(quad.at(i).y == Approx(face.at("quad").at(i).at(1).get<double>()).margin(1e-9));
    }
  }
}

TEST_CASE("aligned crops equal the reference's", "[alignment]") {
  int compared = 0;
  const json all = faces();
  for (const json& face : all) {
    const cv::Mat photo = read_image(kParity + face.at("input").get<std::string>()).rgb;
    for (const json& output : face.at("outputs")) {
      const std::string file = output.at("file");
      CAPTURE(file);
      const cv::Mat expected = load_pixels(kParity + file);
      const AlignedFace aligned = align_face(photo, landmarks_of(face), variant_of(output),
                                             output.at("output_size").get<int>());
      REQUIRE(aligned.crop.size() == expected.size());
      const double changed = changed_fraction(aligned.crop, expected);
      CAPTURE(changed);
      CHECK(max_difference(aligned.crop, expected) <= 1.0);
      CHECK(changed <= 1e-4);  // the fixtures' limit is 5e-3
      ++compared;
    }
  }
  CHECK(compared == 19);
}
