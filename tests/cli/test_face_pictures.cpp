// Faces in pictures of every kind: crowds, tiny and huge faces, turned files, grey, transparent,
// minute ones.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <map>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "face_cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;
using nlohmann::json;

namespace {

const std::string kGroups = std::string(STYLIZE_SHARED_DIR) + "/data/faces_68/";

struct PictureFixture : FaceCliFixture {
  PictureFixture() { save_picture(dir / "portrait.png", portrait()); }

  // Draws every face with `turn` into turned.FORMAT; what --json said of the picture.
  [[nodiscard]] json turn(const std::string& input, const std::string& output,
                          Arguments more = {}) const {
    more.insert(more.end(), {"--faces", "all", "-o", output, "-y", "--json"});
    const Finished run = draw(input, "turn", more);
    INFO(run.err);
    REQUIRE(run.code == 0);
    return json_lines(run).at(0);
  }

  [[nodiscard]] json align(const std::string& input) const {
    const Finished run = run_plain(
        {"align", input, "-o", "aligned", "--variant", "wide", "--size", "64", "--json", "-y"});
    REQUIRE(run.code == 0);
    return json_lines(run).at(0);
  }
};

// What `turn` may touch: the wide squares around the faces that `stylize align` tells.
cv::Mat squares(const json& aligned, cv::Size size) {
  cv::Mat inside(size, CV_8UC1, cv::Scalar(0));
  for (const json& face : aligned.at("faces")) {
    std::vector<cv::Point> corners;
    for (const json& corner : face.at("quad")) {
      corners.emplace_back(cvRound(corner[0].get<double>()), cvRound(corner[1].get<double>()));
    }
    cv::fillConvexPoly(inside, corners, 255);
  }
  cv::dilate(inside, inside, cv::Mat::ones(5, 5, CV_8U));
  return inside;
}

cv::Rect middle_of(const json& face) {
  const auto box = face.at("box").get<std::vector<int>>();
  return {box[0] + box[2] / 4, box[1] + box[3] / 4, box[2] / 2, box[3] / 2};
}

// Every face told is drawn, and nothing outside the squares changed by a single level.
void check_faces_alone_changed(const cv::Mat& before, const cv::Mat& after, const json& told,
                               const cv::Mat& inside) {
  REQUIRE(after.size() == before.size());
  REQUIRE(after.type() == before.type());
  for (const json& face : told.at("faces")) {
    const cv::Rect middle = middle_of(face);
    CHECK(mean_difference(before(middle), after(middle)) > 15.0);
  }
  CHECK(cv::norm(before, after, cv::NORM_INF, ~inside) == 0.0);
  CHECK(cv::countNonZero(inside) < 0.9 * static_cast<double>(inside.total()));
}

// The portrait, its face `side` pixels wide, on a plain background.
cv::Mat with_face(double side, cv::Size size, cv::Point at) {
  constexpr double kWidth = 90.0;  // of the face in the portrait, as dlib boxes it
  cv::Mat small;
  cv::resize(portrait(), small, {}, side / kWidth, side / kWidth, cv::INTER_AREA);
  cv::Mat photo(size, CV_8UC3, cv::Scalar(120, 130, 125));
  small.copyTo(photo(cv::Rect(at, small.size())));
  return photo;
}

// As a camera held another way stores it: undoing `orientation` gives `upright`.
void save_turned(const std::string& path, const cv::Mat& upright, int orientation) {
  cv::Mat stored;
  switch (orientation) {
    case 2: cv::flip(upright, stored, 1); break;
    case 3: cv::rotate(upright, stored, cv::ROTATE_180); break;
    case 6: cv::rotate(upright, stored, cv::ROTATE_90_COUNTERCLOCKWISE); break;
    case 8: cv::rotate(upright, stored, cv::ROTATE_90_CLOCKWISE); break;
    default: stored = upright;
  }
  save_picture(path + ".plain.tif", stored);
  vips::VImage image = open_picture(path + ".plain.tif").copy();
  image.set("orientation", orientation);
  image.write_to_file(path.c_str());
  REQUIRE(exif_orientation(path) == orientation);
}

}  // namespace

TEST_CASE("in a group photo every face is drawn and nothing else", "[face_pictures]") {
  if (!std::filesystem::exists(kGroups)) {
    WARN("skipped: " << kGroups << " is not there");
    return;
  }
  const PictureFixture fixture;
  for (const auto& [name, count] : std::vector<std::pair<std::string, std::size_t>>{
           {"2008_007676.jpg", 7}, {"2008_002470.jpg", 6}}) {
    INFO(name);
    const json told = fixture.turn(kGroups + name, "drawn.png");
    CHECK(told.at("faces").size() == count);
    const cv::Mat before = load_pixels(kGroups + name);
    check_faces_alone_changed(before, load_pixels(fixture.dir / "drawn.png"), told,
                              squares(fixture.align(kGroups + name), before.size()));
  }
}

TEST_CASE("a tiny face is found, drawn and put back; a tinier one is no face", "[face_pictures]") {
  const PictureFixture fixture;
  const cv::Mat before = with_face(42.0, {1200, 500}, {700, 150});
  save_picture(fixture.dir / "far.png", before);
  const json told = fixture.turn("far.png", "drawn.png");
  REQUIRE(told.at("faces").size() == 1);
  CHECK(told.at("faces")[0].at("box")[2] < 60);
  check_faces_alone_changed(before, load_pixels(fixture.dir / "drawn.png"), told,
                            squares(fixture.align("far.png"), before.size()));

  save_picture(fixture.dir / "farther.png", with_face(18.0, {1200, 500}, {700, 150}));
  CHECK(fixture.turn("farther.png", "drawn.png").at("status") == "copied");
}

TEST_CASE("a face larger than the network draws is drawn, and said to be softer, once",
          "[face_pictures]") {
  const PictureFixture fixture;
  cv::Mat huge;
  cv::resize(portrait()(cv::Rect(100, 0, 260, 260)), huge, {1820, 1820}, 0, 0, cv::INTER_CUBIC);
  save_picture(fixture.dir / "huge.png", huge);
  save_picture(fixture.dir / "again.png", huge);
  const Finished run = fixture.run_plain({"huge.png", "again.png", "--style", "turn",
                                          "--models-dir", "models", "--faces", "all", "--json"});
  REQUIRE(run.code == 0);
  const json told = json_lines(run).at(0);
  REQUIRE(told.at("faces").size() == 1);
  CHECK(told.at("faces")[0].at("box")[2] > 500);
  const std::size_t first = run.err.find("softer");
  REQUIRE(first != std::string::npos);
  CHECK(run.err.find("softer", first + 1) == std::string::npos);
  const cv::Mat after = load_pixels(fixture.dir / "huge.turn.png");
  REQUIRE(after.size() == huge.size());
  const cv::Rect middle = middle_of(told.at("faces")[0]);
  CHECK(mean_difference(huge(middle), after(middle)) > 15.0);
  CHECK(max_difference(after, load_pixels(fixture.dir / "again.turn.png")) == 0.0);
}

TEST_CASE("a face is found whichever way the camera was held", "[face_pictures]") {
  const PictureFixture fixture;
  const cv::Mat upright = portrait()(cv::Rect(60, 0, 360, 300)).clone();
  save_turned(fixture.dir / "up.tif", upright, 1);
  const json told = fixture.turn("up.tif", "drawn_up.tif");
  REQUIRE(told.at("faces").size() == 1);
  const cv::Mat drawn = load_pixels(fixture.dir / "drawn_up.tif");
  CHECK(max_difference(drawn, upright) > 50.0);
  const json aligned = fixture.align("up.tif");
  for (const int orientation : {2, 3, 6, 8}) {
    INFO("orientation " << orientation);
    const std::string name = "held" + std::to_string(orientation) + ".tif";
    save_turned(fixture.dir / name, upright, orientation);
    const json held = fixture.turn(name, "drawn.tif");
    CHECK(held.at("faces") == told.at("faces"));
    CHECK(held.at("width") == 360);
    CHECK(max_difference(load_pixels(fixture.dir / "drawn.tif"), drawn) == 0.0);
    CHECK(exif_orientation(fixture.dir / "drawn.tif") <= 1);
    const json crops = fixture.align(name);
    CHECK(crops.at("faces")[0].at("landmarks") == aligned.at("faces")[0].at("landmarks"));
  }
}

TEST_CASE("pictures too small for a face are copied, skipped or failed, never a crash",
          "[face_pictures]") {
  const PictureFixture fixture;
  for (const cv::Size size :
       {cv::Size(1, 1), cv::Size(2, 3), cv::Size(7, 7), cv::Size(1, 400), cv::Size(400, 1)}) {
    INFO(size.width << "x" << size.height);
    const std::string path = fixture.dir / "small.png";
    save_picture(path, colorful(size.width, size.height));
    for (const std::string style : {"small", "turn"}) {
      const Finished run =
          fixture.draw("small.png", style, {"--faces", "all", "-o", "copy.png", "-y", "--json"});
      CHECK(run.code == 0);
      CHECK(json_lines(run).at(0).at("status") == "copied");
      CHECK(read_file(fixture.dir / "copy.png") == read_file(path));
    }
    const Finished failed =
        fixture.draw("small.png", "small", {"--on-no-face", "fail", "-o", "no.png", "--json"});
    CHECK(failed.code == 1);
    CHECK(json_lines(failed).at(0).at("error").at("code") == "no-face");
    CHECK(fixture.align("small.png").at("status") == "skipped");
  }
}

TEST_CASE("grey pictures come out RGB, transparent ones keep their alpha", "[face_pictures]") {
  const PictureFixture fixture;
  const cv::Mat colors = portrait();
  cv::Mat grey;
  cv::cvtColor(colors, grey, cv::COLOR_RGB2GRAY);
  cv::Mat grey_colors;
  cv::cvtColor(grey, grey_colors, cv::COLOR_GRAY2RGB);
  cv::Mat alpha(colors.size(), CV_8UC1);
  for (int y = 0; y < alpha.rows; ++y) {
    alpha.row(y).setTo(0.5 * y);  // half transparent where the face is
  }
  cv::Mat transparent;
  cv::merge(std::vector<cv::Mat>{colors, alpha}, transparent);
  cv::Mat grey_transparent;
  cv::merge(std::vector<cv::Mat>{grey, alpha}, grey_transparent);
  struct Case {
    std::string name;
    cv::Mat picture;
    cv::Mat colors;
    bool has_alpha;
  };
  for (const auto& [name, picture, shown, has_alpha] :
       std::vector<Case>{{"grey", grey, grey_colors, false},
                         {"transparent", transparent, colors, true},
                         {"both", grey_transparent, grey_colors, true}}) {
    INFO(name);
    save_picture(fixture.dir / (name + ".png"), picture);
    const json told = fixture.turn(name + ".png", "drawn.png");
    REQUIRE(told.at("faces").size() == 1);
    const cv::Mat drawn = load_pixels(fixture.dir / "drawn.png");
    REQUIRE(drawn.channels() == (has_alpha ? 4 : 3));
    std::vector<cv::Mat> planes;
    cv::split(drawn, planes);
    if (has_alpha) {
      CHECK(max_difference(planes[3], alpha) == 0.0);
      planes.pop_back();
    }
    cv::Mat after;
    cv::merge(planes, after);
    check_faces_alone_changed(shown, after, told,
                              squares(fixture.align(name + ".png"), shown.size()));
  }
}

TEST_CASE("faces, none and a broken file in one run", "[face_pictures]") {
  const PictureFixture fixture;
  write_file(fixture.dir / "bad.jpg", "rubbish");
  const auto run = [&fixture](const std::string& policy) {
    return fixture.run_plain({"photo.png", "bad.jpg", "portrait.png", "-o", "out_" + policy,
                              "--style", "small", "--models-dir", "models", "--on-no-face", policy,
                              "--json"});
  };
  const Finished copied = run("copy");
  CHECK(copied.code == 3);
  const std::vector<json> lines = json_lines(copied);
  REQUIRE(lines.size() == 4);
  // As they finish: what cannot be read is known before anything is drawn.
  const std::map<std::string, std::string> expected{
      {"photo.png", "copied"}, {"bad.jpg", "failed"}, {"portrait.png", "done"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(lines[i].at("status") == expected.at(lines[i].at("input")));
  }
  CHECK(lines[3].at("summary").at("copied") == 1);
  CHECK_THAT(copied.err, Contains("1 of 3 done, 0 skipped, 1 copied, 1 failed"));
  CHECK(read_file(fixture.dir / "out_copy/photo.small.png") == read_file(fixture.photo));

  const Finished failed = run("fail");
  CHECK(failed.code == 3);
  CHECK(json_lines(failed).at(3).at("summary").at("failed") == 2);
  CHECK_FALSE(std::filesystem::exists(fixture.dir / "out_fail/photo.small.png"));
  CHECK(std::filesystem::exists(fixture.dir / "out_fail/portrait.small.png"));
}
