#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;
using nlohmann::json;

namespace {

const std::string kTrio = std::string(STYLIZE_SHARED_DIR) + "/data/faces_68/2008_001322.jpg";

bool has_photos() {
  if (std::filesystem::exists(kTrio)) {
    return true;
  }
  WARN("skipped: " << kTrio << " is not there");
  return false;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Styles named `turn`, for pictures and for faces, and `jojo` and `blend`, for faces, in miniature.
struct FaceFixture : CliFixture {
  FaceFixture() {
    std::filesystem::create_directories(dir / "models");
    save_negative_model(dir / "models/turn.pt");
    json turn = json::parse(frame_manifest("turn"));
    turn["face"] = {{"size", 128}, {"expand", 1.3}};
    put("turn", turn);
    save_tiny_encoder(dir / "models/e4e.pt", 18);
    put("e4e", json::parse(face_manifest("e4e", "encoder")));
    save_tiny_generator(dir / "models/base.pt", -0.5, 18);
    put("base", json::parse(face_manifest("base", "stylegan2")));
    save_tiny_generator(dir / "models/jojo.pt", 0.5, 18);
    put("jojo", json::parse(face_manifest("jojo", "stylegan2",
                                          R"(, "requires": ["e4e"], "base": "base")")));
    save_tiny_generator(dir / "models/blend.pt", 0.0, 18);
    put("blend", json::parse(face_manifest("blend", "blendgan",
                                           R"(, "requires": ["e4e"], "reference": true)")));
  }

  void put(const std::string& name, json manifest) const {
    manifest["file"] = name + ".pt";
    write_file(dir / ("models/" + name + ".json"), manifest.dump());
  }

  [[nodiscard]] Finished draw(const std::string& input, const std::string& name,
                              const Arguments& more) const {
    Arguments arguments{input, "--style", name, "--models-dir", "models"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_plain(arguments);
  }
};

json first_line(const Finished& run) { return json::parse(run.out.substr(0, run.out.find('\n'))); }

// Pixels that differ, as a share of all.
double changed(const cv::Mat& left, const cv::Mat& right) {
  cv::Mat difference;
  cv::absdiff(left, right, difference);
  const cv::Mat one_row = difference.reshape(1);
  return static_cast<double>(cv::countNonZero(one_row)) / static_cast<double>(one_row.total());
}

}  // namespace

TEST_CASE("every face of a photo is restyled and put back; the rest stays", "[faces]") {
  if (!has_photos()) {
    return;
  }
  const FaceFixture fixture;
  const Finished run = fixture.draw(kTrio, "turn", {"--faces", "all", "-o", "all.png", "--json"});
  REQUIRE(run.code == 0);
  const json line = first_line(run);
  REQUIRE(line.at("faces").size() == 3);
  CHECK(line.at("ms").at("detect") > 0.0);
  const cv::Mat before = load_pixels(kTrio);
  const cv::Mat after = load_pixels(fixture.dir / "all.png");
  REQUIRE(after.size() == before.size());
  const double share = changed(before, after);
  CHECK(share > 0.02);
  CHECK(share < 0.5);
  // The corners are far from any face: bit for bit.
  const cv::Rect corner(0, 0, 60, 60);
  CHECK(max_difference(before(corner), after(corner)) == 0.0);
  for (const json& face : line.at("faces")) {
    const auto box = face.at("box").get<std::vector<int>>();
    const cv::Rect middle(box[0] + box[2] / 3, box[1] + box[3] / 3, box[2] / 3, box[3] / 3);
    CHECK(changed(before(middle), after(middle)) > 0.9);
    CHECK(face.at("confidence") > 0.0);
  }

  const Finished two = fixture.draw(kTrio, "turn", {"--faces", "2", "-o", "two.png", "--json"});
  CHECK(first_line(two).at("faces").size() == 2);
  CHECK(changed(before, load_pixels(fixture.dir / "two.png")) < share);
  const Finished crops =
      fixture.draw(kTrio, "turn", {"--faces", "2", "--no-paste", "-o", "crops.png"});
  CHECK(crops.code == 0);
  CHECK(load_pixels(fixture.dir / "crops.png").size() == cv::Size(256, 128));
  // Without --faces the same style draws the whole picture.
  CHECK(fixture.draw(kTrio, "turn", {"-o", "whole.png"}).code == 0);
  CHECK(changed(before, load_pixels(fixture.dir / "whole.png")) > 0.9);
}

TEST_CASE("a style for faces runs on every face by itself", "[faces]") {
  if (!has_photos()) {
    return;
  }
  const FaceFixture fixture;
  const Finished run = fixture.draw(kTrio, "jojo", {"-o", "a.png", "--json"});
  REQUIRE(run.code == 0);
  CHECK(first_line(run).at("faces").size() == 3);
  CHECK(fixture.draw(kTrio, "jojo", {"-o", "b.png"}).code == 0);
  CHECK(bytes_of(fixture.dir / "a.png") == bytes_of(fixture.dir / "b.png"));
  CHECK(fixture.draw(kTrio, "jojo", {"-o", "half.png", "--strength", "0.5"}).code == 0);
  CHECK(bytes_of(fixture.dir / "half.png") != bytes_of(fixture.dir / "a.png"));
  // The same noise for the same seed.
  for (const char* name : {"s1.png", "s2.png"}) {
    CHECK(fixture.draw(kTrio, "jojo", {"-o", name, "--seed", "7"}).code == 0);
  }
  CHECK(bytes_of(fixture.dir / "s1.png") == bytes_of(fixture.dir / "s2.png"));
}

TEST_CASE("a style that follows a picture needs one", "[faces]") {
  if (!has_photos()) {
    return;
  }
  const FaceFixture fixture;
  const Finished without = fixture.draw(kTrio, "blend", {"-o", "a.png"});
  CHECK(without.code == 2);
  CHECK_THAT(without.err, Contains("--reference"));
  CHECK(fixture.draw(kTrio, "blend", {"-o", "a.png", "--reference", "photo.png"}).code == 0);
  const Finished other = fixture.draw(kTrio, "turn", {"-o", "b.png", "--reference", "photo.png"});
  CHECK(other.code == 2);
  CHECK_THAT(other.err, Contains("does not follow a picture"));
  CHECK(fixture.draw(kTrio, "blend", {"-o", "c.png", "-r", "nothing.png"}).code == 1);
}

TEST_CASE("what only some styles that draw faces have a use for is refused by the others",
          "[faces]") {
  if (!has_photos()) {  // the landmarks may be missing where the photos are
    return;
  }
  const FaceFixture fixture;
  const Arguments turn{"--faces", "all", "-o", "a.png"};
  for (const auto& [option, value] :
       std::vector<std::pair<std::string, std::string>>{{"--encoder", "e4e"}, {"--base", "base"}}) {
    Arguments arguments = turn;
    arguments.insert(arguments.end(), {option, value});
    const Finished run = fixture.draw(kTrio, "turn", arguments);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains(option));
  }
  // A seed goes with everything.
  Arguments seeded = turn;
  seeded.insert(seeded.end(), {"--seed", "7"});
  CHECK(fixture.draw(kTrio, "turn", seeded).code == 0);
  CHECK_FALSE(bytes_of(fixture.dir / "a.png").empty());
}

TEST_CASE("no face is a policy, not a crash", "[faces]") {
  if (!has_photos()) {  // the landmarks may be missing where the photos are
    return;
  }
  const FaceFixture fixture;
  const Finished copied = fixture.draw("photo.png", "jojo", {"-o", "copy.png", "--json"});
  CHECK(copied.code == 0);
  CHECK(first_line(copied).at("status") == "copied");
  CHECK_THAT(copied.out, Contains(R"("copied":1)"));
  CHECK(bytes_of(fixture.dir / "copy.png") == bytes_of(fixture.photo));

  const Finished skipped =
      fixture.draw("photo.png", "jojo", {"-o", "skip.png", "--on-no-face", "skip", "--json"});
  CHECK(skipped.code == 0);
  CHECK(first_line(skipped).at("status") == "skipped");
  CHECK(first_line(skipped).at("output").is_null());
  CHECK_FALSE(std::filesystem::exists(fixture.dir / "skip.png"));

  const Finished failed =
      fixture.draw("photo.png", "jojo", {"-o", "fail.png", "--on-no-face", "fail", "--json"});
  CHECK(failed.code == 1);
  CHECK(first_line(failed).at("error").at("code") == "no-face");
  CHECK_FALSE(std::filesystem::exists(fixture.dir / "fail.png"));

  const Finished whole = fixture.draw(
      "photo.png", "turn", {"--faces", "all", "--on-no-face", "whole", "-o", "whole.png"});
  CHECK(whole.code == 0);
  CHECK(max_difference(load_pixels(fixture.dir / "whole.png"), fixture.negative) == 0.0);
}

TEST_CASE("options that do not go with the style are refused", "[faces]") {
  const FaceFixture fixture;
  struct Case {
    std::string style;
    Arguments arguments;
    std::string message;
  };
  for (const auto& [style, arguments, message] : std::vector<Case>{
           {"cel", {"--faces", "all"}, "for whole pictures"},
           {"jojo", {"--faces", "none"}, "nothing but faces"},
           {"jojo", {"--on-no-face", "whole"}, "nothing but faces"},
           {"turn", {"--faces", "some"}, "all, largest"},
           {"turn", {"--faces", "0"}, "all, largest"},
           {"turn", {"--faces", "all", "--mask", "hat"}, "--mask"},
           // Nothing but faces has a use for these.
           {"cel", {"--mask", "head"}, "--mask: has nothing to act on"},
           {"cel", {"--on-no-face", "copy"}, "--on-no-face: has nothing to act on"},
           {"turn", {"--no-paste"}, "--no-paste: has nothing to act on"},
           {"turn", {"--faces", "none", "--no-paste"}, "--no-paste: has nothing to act on"},
           {"turn", {"--blend-index", "3"}, "--blend-index: has nothing to act on"},
           {"cel", {"--landmarks", "photo.png"}, "--landmarks: has nothing to act on"},
           {"turn", {"--encoder", "e4e"}, "--encoder: has nothing to act on"},
           {"turn", {"--base", "base"}, "--base: has nothing to act on"},
           {"negative.pt", {"--mask", "face"}, "--mask: has nothing to act on"},
           {"turn", {"--no-paste"}, "--faces all draws the faces"},
           // Nor has each style that draws faces.
           {"jojo", {"--reference", "photo.png"}, "does not follow a picture"},
           {"jojo", {"--reference", "nothing.png"}, "does not follow a picture"},
           {"turn", {"--faces", "all", "-r", "photo.png"}, "does not follow a picture"},
           {"cel", {"-r", "photo.png"}, "does not follow a picture"},
       }) {
    INFO(style << ": " << message);
    const Finished run = fixture.draw("photo.png", style, arguments);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains(message));
  }
  // What says no more than the default does, and what scripts always give.
  CHECK(fixture.draw("photo.png", "turn", {"--paste", "-o", "paste.png"}).code == 0);
  CHECK(fixture.draw("photo.png", "turn", {"--seed", "7", "-o", "seed.png"}).code == 0);
  std::filesystem::remove(fixture.dir / "models/e4e.pt");
  const Finished missing = fixture.draw("photo.png", "jojo", {});
  CHECK(missing.code == 1);
  CHECK_THAT(missing.err, Contains("e4e"));
}
