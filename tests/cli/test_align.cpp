#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "face_cli_fixture.h"
#include "faces.h"

using namespace stylize::test;
using Catch::Contains;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

const std::string kTrio = std::string(STYLIZE_SHARED_DIR) + "/data/faces_68/2008_001322.jpg";

bool has_photos() {
  if (fs::exists(kTrio)) {
    return true;
  }
  WARN("skipped: " << kTrio << " is not there");
  return false;
}

json record_in(const std::string& path) { return json::parse(read_file(path)); }

json first_line(const Finished& run) { return json_lines(run).at(0); }

// trio.jpg, a photo of three, and its crops of 256 pixels in out/.
struct AlignFixture : CliFixture {
  Finished aligned;

  AlignFixture() {
    fs::copy_file(kTrio, dir / "trio.jpg");
    aligned = run_plain({"align", "trio.jpg", "-o", "out", "--size", "256", "--draw"});
    REQUIRE(aligned.code == 0);
  }

  [[nodiscard]] Finished paste(const Arguments& more) const {
    Arguments arguments{"align", "--paste", "out/trio.faces.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_plain(arguments);
  }

  void negate_crop(const std::string& name, int side = 256) const {
    cv::Mat crop = load_pixels(dir / name);
    cv::subtract(cv::Scalar::all(255.0), crop, crop);
    cv::resize(crop, crop, {side, side});
    save_picture(dir / name, crop);
  }
};

// White where a pixel lies in the square of this face.
cv::Mat square_of(const json& face, cv::Size size) {
  std::vector<cv::Point> corners;
  for (const json& corner : face.at("quad")) {
    corners.emplace_back(cvRound(corner[0].get<double>()), cvRound(corner[1].get<double>()));
  }
  cv::Mat inside(size, CV_8UC1, cv::Scalar(0));
  cv::fillConvexPoly(inside, corners, cv::Scalar(255));
  cv::dilate(inside, inside, cv::Mat(), {-1, -1}, 3);
  return inside;
}

double largest_change(const cv::Mat& left, const cv::Mat& right, const cv::Mat& where) {
  return cv::norm(left, right, cv::NORM_INF, where);
}

}  // namespace

TEST_CASE("faces become crops and a JSON that says where they were", "[align]") {
  if (!has_photos()) {
    return;
  }
  const AlignFixture fixture;
  CHECK(fixture.aligned.out.empty());
  CHECK_THAT(fixture.aligned.err, Contains("trio.faces.json  3 faces"));
  const cv::Mat photo = load_pixels(fixture.dir / "trio.jpg");
  const json record = record_in(fixture.dir / "out/trio.faces.json");
  CHECK(record.at("input") == "../trio.jpg");
  CHECK(record.at("width") == photo.cols);
  CHECK(record.at("height") == photo.rows);
  REQUIRE(record.at("faces").size() == 3);
  double last_area = 1e9;
  for (const json& face : record.at("faces")) {
    CHECK(face.at("landmarks").size() == 68);
    CHECK(face.at("quad").size() == 4);
    CHECK(face.at("confidence") > 0.0);
    CHECK(face.at("transform").at("size") == 256);
    const auto box = face.at("box").get<std::vector<double>>();
    CHECK(box.at(2) * box.at(3) <= last_area);
    last_area = box[2] * box[3];
    const cv::Mat crop = load_pixels(fixture.dir / ("out/" + face.at("crop").get<std::string>()));
    REQUIRE(crop.size() == cv::Size(256, 256));
    // The transform leads from the crop to the photo: the middle of both shows the same.
    const auto map = face.at("transform").at("to_picture").get<std::vector<std::vector<double>>>();
    const cv::Point at(cvRound(map[0][0] * 128 + map[0][1] * 128 + map[0][2]),
                       cvRound(map[1][0] * 128 + map[1][1] * 128 + map[1][2]));
    const cv::Rect around(at.x - 2, at.y - 2, 5, 5);
    const cv::Scalar apart = cv::mean(photo(around)) - cv::mean(crop(cv::Rect(120, 120, 17, 17)));
    CHECK(cv::norm(apart) < 40.0);
  }
  const cv::Mat drawn = load_pixels(fixture.dir / "out/trio.faces.png");
  REQUIRE(drawn.size() == photo.size());
  CHECK(max_difference(drawn, photo) > 100.0);
}

TEST_CASE("which faces, how large and as JSON is the user's choice", "[align]") {
  if (!has_photos()) {
    return;
  }
  const CliFixture fixture;
  const Finished run = fixture.run_plain({"align", kTrio, "-o", "a", "--faces", "2", "--variant",
                                          "wide", "--size", "64", "--json", "--quiet"});
  REQUIRE(run.code == 0);
  CHECK(run.err.empty());
  const json line = first_line(run);
  CHECK(line.at("status") == "done");
  CHECK(line.at("input") == kTrio);
  CHECK(line.at("output") == "a/2008_001322.faces.json");
  CHECK(line.at("faces").size() == 2);
  const json record = record_in(fixture.dir / "a/2008_001322.faces.json");
  CHECK(record.at("variant") == "wide");
  CHECK(record.at("faces") == line.at("faces"));
  CHECK(fs::path(record.at("input").get<std::string>()).is_absolute());
  CHECK(load_pixels(fixture.dir / "a/2008_001322.face2.png").size() == cv::Size(64, 64));
  CHECK_FALSE(fs::exists(fixture.dir / "a/2008_001322.face3.png"));
  CHECK_FALSE(fs::exists(fixture.dir / "a/2008_001322.faces.png"));
}

TEST_CASE("crops nobody touched give back the photo", "[align]") {
  if (!has_photos()) {
    return;
  }
  const AlignFixture fixture;
  const Finished run = fixture.paste({"-o", "same.png", "--json"});
  REQUIRE(run.code == 0);
  CHECK(first_line(run).at("pasted").empty());
  const cv::Mat photo = load_pixels(fixture.dir / "trio.jpg");
  CHECK(max_difference(load_pixels(fixture.dir / "same.png"), photo) == 0.0);
  CHECK(fixture.paste({"-o", "same.jpg"}).code == 0);
  CHECK(read_file(fixture.dir / "same.jpg") == read_file(fixture.dir / "trio.jpg"));

  // The same crops at twice the size count as edited, and still look the same.
  for (const std::string name : {"1", "2", "3"}) {
    const std::string path = fixture.dir / ("out/trio.face" + name + ".png");
    cv::Mat crop = load_pixels(path);
    cv::resize(crop, crop, {512, 512}, 0, 0, cv::INTER_CUBIC);
    save_picture(path, crop);
  }
  REQUIRE(fixture.paste({"-o", "fine.png", "--mask", "square"}).code == 0);
  const cv::Mat fine = load_pixels(fixture.dir / "fine.png");
  CHECK(max_difference(fine, photo) > 0.0);
  cv::Mat inside(photo.size(), CV_8UC1, cv::Scalar(0));
  const json record = record_in(fixture.dir / "out/trio.faces.json");
  for (const json& face : record.at("faces")) {
    inside |= square_of(face, photo.size());
  }
  CHECK(psnr(fine, photo, inside) >= 40.0);
  CHECK(largest_change(fine, photo, ~inside) == 0.0);
}

TEST_CASE("an edited crop changes the photo around its face and nowhere else", "[align]") {
  if (!has_photos()) {
    return;
  }
  const AlignFixture fixture;
  fixture.negate_crop("out/trio.face2.png", 300);
  const Finished run = fixture.paste({"-o", "new.png", "--json"});
  REQUIRE(run.code == 0);
  CHECK(first_line(run).at("pasted") == json::array({"trio.face2.png"}));
  CHECK(json_lines(run).at(1).at("summary").at("done") == 1);
  const cv::Mat photo = load_pixels(fixture.dir / "trio.jpg");
  const cv::Mat edited = load_pixels(fixture.dir / "new.png");
  REQUIRE(edited.size() == photo.size());
  const json face = record_in(fixture.dir / "out/trio.faces.json").at("faces").at(1);
  const cv::Mat inside = square_of(face, photo.size());
  CHECK(largest_change(edited, photo, ~inside) == 0.0);
  CHECK(largest_change(edited, photo, inside) > 60.0);

  // Moved: the JSON no longer finds the photo, --input does.
  fs::create_directories(fixture.dir / "far/away");
  fs::rename(fixture.dir / "out", fixture.dir / "far/away/out");
  const Arguments moved{"align", "--paste", "far/away/out/trio.faces.json", "-o", "moved.png"};
  const Finished lost = fixture.run_plain(moved);
  CHECK(lost.code == 1);
  CHECK_THAT(lost.err, Contains("--input"));
  Arguments named = moved;
  named.insert(named.end(), {"--input", "trio.jpg"});
  REQUIRE(fixture.run_plain(named).code == 0);
  CHECK(max_difference(load_pixels(fixture.dir / "moved.png"), edited) == 0.0);
  // Another photo than the one that was aligned.
  Arguments other = moved;
  other.insert(other.end(), {"--input", "photo.png", "-y"});
  const Finished wrong = fixture.run_plain(other);
  CHECK(wrong.code == 1);
  CHECK_THAT(wrong.err, Contains("'width' and 'height'"));
}

TEST_CASE("a photo of 16 bits keeps them", "[align]") {
  if (!has_photos()) {
    return;
  }
  const AlignFixture fixture;
  cv::Mat photo;
  load_pixels(kTrio).convertTo(photo, CV_16U, 257.0);
  photo += cv::Scalar::all(3.0);
  save_picture(fixture.dir / "deep.png", photo);
  REQUIRE(fixture.run_plain({"align", "deep.png", "-o", "out", "--size", "256"}).code == 0);
  fixture.negate_crop("out/deep.face1.png");
  REQUIRE(fixture.run_plain({"align", "--paste", "out/deep.faces.json", "-o", "new.png"}).code ==
          0);
  const cv::Mat edited = load_pixels(fixture.dir / "new.png");
  REQUIRE(edited.type() == CV_16UC3);
  const json face = record_in(fixture.dir / "out/deep.faces.json").at("faces").at(0);
  CHECK(largest_change(edited, photo, ~square_of(face, photo.size())) == 0.0);
  CHECK(max_difference(edited, photo) > 60.0 * 257.0);
}

TEST_CASE("no face is noted or an error, and a bad file never ends the rest", "[align]") {
  if (!has_photos()) {  // the landmarks may be missing where the photos are
    return;
  }
  const CliFixture fixture;
  const Finished skipped = fixture.run_plain({"align", "photo.png", "-o", "out", "--json"});
  CHECK(skipped.code == 0);
  CHECK_THAT(skipped.err, Contains("photo.png: skipped, no face was found"));
  CHECK(first_line(skipped).at("status") == "skipped");
  CHECK_FALSE(fs::exists(fixture.dir / "out"));
  const Finished failed =
      fixture.run_plain({"align", "photo.png", "-o", "out", "--json", "--on-no-face", "fail"});
  CHECK(failed.code == 1);
  CHECK(first_line(failed).at("error").at("code") == "no-face");

  write_file(fixture.dir / "bad.jpg", "rubbish");
  const Finished mixed = fixture.run_plain(
      {"align", "bad.jpg", "missing.jpg", kTrio, "-o", "out", "--size", "64", "--json"});
  CHECK(mixed.code == 3);
  const std::vector<json> lines = json_lines(mixed);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].at("error").at("code") == "input-unsupported");
  CHECK(lines[2].at("status") == "done");
  CHECK(lines[3].at("summary").at("failed") == 2);
  CHECK_THAT(mixed.err, Contains("error: [1/3] bad.jpg") && Contains("missing.jpg") &&
                            Contains("1 of 3 done, 0 skipped, 2 failed"));
  CHECK(fs::exists(fixture.dir / "out/2008_001322.face3.png"));
}

TEST_CASE("a JSON that was broken or edited is refused, with the key at fault", "[align]") {
  if (!has_photos()) {
    return;
  }
  const AlignFixture fixture;
  const std::string path = fixture.dir / "out/trio.faces.json";
  const std::string sound = read_file(path);
  struct Case {
    std::string pointer;
    json value;
    std::string message;
  };
  for (const auto& [pointer, value, message] : std::vector<Case>{
           {"/width", "wide", "'width' must be a whole number"},
           {"/height", 17, "'width' and 'height' are not those of the photo"},
           {"/variant", "narrow", "'variant' must be"},
           {"/input", 3, "'input' is not a text"},
           {"/extra", 1, "'extra' does not belong there"},
           {"/faces/0/crop", "../../trio.jpg", "'faces[0].crop' must be the name"},
           {"/faces/1/crop", "trio.face1.png", "'faces[1].crop' is another"},
           {"/faces/1/box/2", -4, "'faces[1].box' has no extent"},
           {"/faces/1/landmarks/67/0", "x", "'faces[1].landmarks[67][0]' is not a number"},
           {"/faces/1/landmarks/36/0", 1.0, "'faces[1].quad' is not the square"},
           {"/faces/2/landmarks", json::array(), "'faces[2].landmarks' must have 68 elements"},
           {"/faces/2/quad/3/1", 1e300, "'faces[2].quad[3][1]' is out of range"},
           {"/faces/2/transform/size", 0, "'faces[2].transform.size' must be"},
           {"/faces/2/transform/to_picture/0/2", 5.0, "'faces[2].transform.to_picture' is not"},
       }) {
    INFO(message);
    json changed = json::parse(sound);
    changed[json::json_pointer(pointer)] = value;
    write_file(path, changed.dump());
    const Finished run = fixture.paste({"-o", "new.png"});
    CHECK(run.code == 1);
    CHECK_THAT(run.err, Contains("trio.faces.json") && Contains(message));
  }
  json lacking = json::parse(sound);
  lacking["faces"][1].erase("confidence");
  write_file(path, lacking.dump());
  CHECK_THAT(fixture.paste({"-o", "new.png"}).err, Contains("'faces[1].confidence' is missing"));
  write_file(path, sound.substr(0, sound.size() / 2));
  const Finished cut = fixture.paste({"-o", "new.png"});
  CHECK(cut.code == 1);
  CHECK_THAT(cut.err, Contains("trio.faces.json: not valid JSON"));
  CHECK_FALSE(fs::exists(fixture.dir / "new.png"));
}

TEST_CASE("missing and oblong crops are refused; inputs are never replaced", "[align]") {
  if (!has_photos()) {
    return;
  }
  const AlignFixture fixture;
  const std::string before = read_file(fixture.dir / "trio.jpg");
  for (const std::string output : {"trio.jpg", "out/trio.face1.png"}) {
    const Finished run = fixture.paste({"-o", output, "-y"});
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("inputs are never modified"));
  }
  CHECK(read_file(fixture.dir / "trio.jpg") == before);
  // Crops that were edited stay unless -y says otherwise.
  const Finished again = fixture.run_plain({"align", "trio.jpg", "-o", "out"});
  CHECK(again.code == 2);
  CHECK_THAT(again.err, Contains("exists already") && Contains("-y"));
  CHECK(fixture.run_plain({"align", "trio.jpg", "-o", "out", "-y"}).code == 0);
  CHECK(load_pixels(fixture.dir / "out/trio.face1.png").size() == cv::Size(1024, 1024));
  write_file(fixture.dir / "there.png", "precious");
  CHECK(fixture.paste({"-o", "there.png"}).code == 2);
  CHECK(fixture.paste({"-o", "there.png", "-y"}).code == 0);

  save_picture(fixture.dir / "out/trio.face1.png", colorful(30, 20));
  const Finished oblong = fixture.paste({"-o", "new.png"});
  CHECK(oblong.code == 1);
  CHECK_THAT(oblong.err, Contains("trio.face1.png: must be square, and is 30x20"));
  fs::remove(fixture.dir / "out/trio.face1.png");
  const Finished missing = fixture.paste({"-o", "new.png"});
  CHECK(missing.code == 1);
  CHECK_THAT(missing.err, Contains("trio.face1.png: no such file"));
  CHECK_FALSE(fs::exists(fixture.dir / "new.png"));
}

TEST_CASE("what makes no sense is refused before any work", "[align]") {
  const CliFixture fixture;
  fs::create_directories(fixture.dir / "sub");
  save_picture(fixture.dir / "sub/photo.jpg", fixture.pixels);
  struct Case {
    Arguments arguments;
    std::string message;
  };
  for (const auto& [arguments, message] : std::vector<Case>{
           {{"photo.png", "sub/photo.jpg", "-o", "out"}, "both photo.png and sub/photo.jpg"},
           {{"photo.png"}, "--output"},
           {{"-o", "out"}, "name a photo"},
           {{"-", "-o", "out"}, "from files"},
           {{"photo.png", "-o", "photo.png"}, "is not a folder"},
           {{"photo.png", "-o", "out", "--faces", "none"}, "all, largest or a number"},
           {{"photo.png", "-o", "out", "--size", "1"}, "--size"},
           {{"photo.png", "-o", "out", "--mask", "face"}, "--paste"},
           {{"photo.png", "-o", "out", "--paste", "a.json"}, "takes no other input"},
           {{"-o", "new.png", "--paste", "a.json", "--draw"}, "--draw"},
       }) {
    INFO(message);
    Arguments all{"align"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Finished run = fixture.run_plain(all);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains(message));
  }
  CHECK_FALSE(fs::exists(fixture.dir / "out"));
}
