// Both families of face styles from photo to file, with a small StyleGAN2, against LibTorch alone.
#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "face_cli_fixture.h"

using namespace stylize::test;
using nlohmann::json;

namespace {

// A photo of three faces: the portrait, and on its right twice the same, smaller and mirrored.
cv::Mat trio() {
  const cv::Mat large = portrait();
  cv::Mat small;
  cv::resize(large, small, {256, 256}, 0, 0, cv::INTER_AREA);
  small = small(cv::Rect(0, 0, 256, 160)).clone();
  cv::Mat photo(512, 768, CV_8UC3, cv::Scalar(60, 70, 80));
  large.copyTo(photo(cv::Rect(0, 0, 512, 512)));
  small.copyTo(photo(cv::Rect(512, 40, 256, 160)));
  cv::flip(small, small, 1);
  small.copyTo(photo(cv::Rect(512, 300, 256, 160)));
  return photo;
}

struct RunFixture : FaceCliFixture {
  cv::Mat photo_pixels = trio();
  std::vector<cv::Mat> crops;  // as the styles see them

  RunFixture() {
    save_picture(dir / "trio.png", photo_pixels);
    const Finished run = run_plain({"align", "trio.png", "-o", "crops", "--size", "32", "--json"});
    REQUIRE(run.code == 0);
    const json told = json_lines(run).at(0);
    for (const json& face : told.at("faces")) {
      crops.push_back(load_pixels(dir / ("crops/" + face.at("crop").get<std::string>())));
    }
    REQUIRE(crops.size() == 3);
  }

  [[nodiscard]] SmallDrawing by(const std::string& name) const {
    return {.encoder = dir / "models/small_encoder.pt",
            .generator = dir / ("models/" + name + ".pt")};
  }

  // The drawn faces alone, the largest first.
  [[nodiscard]] std::vector<cv::Mat> drawn(const std::string& name, Arguments more) const {
    more.insert(more.end(), {"--no-paste", "-y", "-o", "faces.png"});
    const Finished run = draw("trio.png", name, more);
    INFO(run.err);
    REQUIRE(run.code == 0);
    const cv::Mat strip = load_pixels(dir / "faces.png");
    REQUIRE(strip.size() == cv::Size(3 * kSmallSide, kSmallSide));
    const cv::Rect first(0, 0, kSmallSide, kSmallSide);
    const cv::Point right(kSmallSide, 0);
    return {strip(first), strip(first + right), strip(first + 2 * right)};
  }

  // One level: a batch may add up in another order.
  void check_drawn(const std::vector<cv::Mat>& faces, const SmallDrawing& drawing) const {
    for (std::size_t i = 0; i < crops.size(); ++i) {
      CHECK(max_difference(faces[i], draw_small(drawing, crops[i])) <= 1.0);
    }
  }
};

}  // namespace

TEST_CASE("JoJoGAN's kind draws every face as LibTorch alone does", "[face_runs]") {
  const RunFixture fixture;
  const std::vector<cv::Mat> full = fixture.drawn("small", {});
  fixture.check_drawn(full, fixture.by("small"));
  CHECK(mean_difference(full[0], full[1]) > 1.0);  // the code of one is not the other's
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(full[0], mean, deviation);
  CHECK(deviation[0] > 5.0);  // a picture, not a shade

  for (const double strength : {0.0, 0.4}) {
    SmallDrawing mixed = fixture.by("small");
    mixed.base = fixture.dir / "models/small_base.pt";
    mixed.strength = strength;
    const std::vector<cv::Mat> faces =
        fixture.drawn("small", {"--strength", std::to_string(strength)});
    fixture.check_drawn(faces, mixed);
    CHECK(mean_difference(faces[0], full[0]) > 1.0);
  }
}

TEST_CASE("BlendGAN's kind follows the reference", "[face_runs]") {
  const RunFixture fixture;
  SmallDrawing drawing = fixture.by("small_blend");
  drawing.reference = fixture.pixels;  // no face in it: taken whole
  const std::vector<cv::Mat> full = fixture.drawn("small_blend", {"-r", "photo.png"});
  fixture.check_drawn(full, drawing);

  drawing.blend_index = 3;
  const Arguments deeper{"-r", "photo.png", "--blend-index", "3"};
  const std::vector<cv::Mat> blended = fixture.drawn("small_blend", deeper);
  fixture.check_drawn(blended, drawing);
  CHECK(mean_difference(blended[0], full[0]) > 1.0);

  // Of a reference with faces, the largest is seen, aligned like the faces to be drawn.
  drawing.blend_index = 6;
  drawing.reference = fixture.crops[0];
  fixture.check_drawn(fixture.drawn("small_blend", {"-r", "trio.png"}), drawing);

  // Nothing of it is left at strength 0.
  drawing.reference.release();
  fixture.check_drawn(fixture.drawn("small_blend", {"-r", "photo.png", "--strength", "0"}),
                      drawing);
}

TEST_CASE("a seed changes a little of every face, the same way each time", "[face_runs]") {
  const RunFixture fixture;
  const std::vector<cv::Mat> stored = fixture.drawn("small", {});
  const std::vector<cv::Mat> seeded = fixture.drawn("small", {"--seed", "7"});
  const std::vector<cv::Mat> again = fixture.drawn("small", {"--seed", "7"});
  const std::vector<cv::Mat> other = fixture.drawn("small", {"--seed", "8"});
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(max_difference(seeded[i], again[i]) == 0.0);
    CHECK(max_difference(seeded[i], stored[i]) > 0.0);
    CHECK(max_difference(seeded[i], other[i]) > 0.0);
    CHECK(mean_difference(seeded[i], stored[i]) < 40.0);
  }
}

TEST_CASE("drawn faces go back into their photo, all of them", "[face_runs]") {
  const RunFixture fixture;
  for (const std::string style : {"small", "small_blend"}) {
    INFO(style);
    Arguments more{"-o", style + ".png", "--json"};
    if (style == "small_blend") {
      more.insert(more.end(), {"-r", "photo.png"});
    }
    const Finished run = fixture.draw("trio.png", style, more);
    REQUIRE(run.code == 0);
    const cv::Mat after = load_pixels(fixture.dir / (style + ".png"));
    REQUIRE(after.size() == fixture.photo_pixels.size());
    const json faces = json_lines(run).at(0).at("faces");
    REQUIRE(faces.size() == 3);
    for (const json& face : faces) {
      const auto box = face.at("box").get<std::vector<int>>();
      const cv::Rect middle(box[0] + box[2] / 4, box[1] + box[3] / 4, box[2] / 2, box[3] / 2);
      CHECK(mean_difference(after(middle), fixture.photo_pixels(middle)) > 5.0);
    }
    // Far from any face.
    const cv::Rect floor(0, 440, 60, 72);
    CHECK(max_difference(after(floor), fixture.photo_pixels(floor)) == 0.0);
  }
}
