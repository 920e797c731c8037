// `stylize video --preview`.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "face_cli_fixture.h"
#include "stylize/media/image_io.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

constexpr int kGap = 12;
constexpr int kLabel = 28;

// A moving clip of 192 x 108 with sound.
struct PreviewFixture : CliFixture {
  VideoDir clips;

  PreviewFixture() {
    REQUIRE(have_ffmpeg());
    clips.ffmpeg(std::string(kMoving) + "-f lavfi -i sine=frequency=300:duration=2 " + kH264 +
                 "-c:a aac clip.mp4");
  }

  [[nodiscard]] Finished preview(Arguments arguments) const {
    arguments.insert(arguments.begin(), "video");
    RunSettings settings;
    settings.folder = clips.path().string();
    return run(arguments, settings);
  }

  [[nodiscard]] cv::Mat picture(const std::string& name) const {
    return read_image(clips / name).rgb;
  }
};

cv::Size sheet_of(int columns, int rows, cv::Size cell) {
  return {columns * (cell.width + kGap) + kGap, rows * (cell.height + kLabel + kGap) + kGap};
}

cv::Mat cell(const cv::Mat& sheet, int column, int row, cv::Size size) {
  return sheet(cv::Rect(
      {kGap + column * (size.width + kGap), kGap + row * (size.height + kLabel + kGap)}, size));
}

}  // namespace

TEST_CASE("--preview makes a picture of drawn frames, and no video", "[video_preview]") {
  const PreviewFixture fixture;
  const Finished run = fixture.preview({"clip.mp4", "--preview", "4", "--json"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(fixture.clips.names() == std::vector<std::string>{"clip.mp4", "clip.negative.preview.jpg"});
  const cv::Size size(192, 108);
  const cv::Mat sheet = fixture.picture("clip.negative.preview.jpg");
  REQUIRE(sheet.size() == sheet_of(2, 2, size));
  const FramesRead frames = read_frames(fixture.clips / "clip.mp4");
  int number = 0;
  for (const std::size_t frame : {6U, 19U, 31U, 44U}) {
    const cv::Mat drawn = cell(sheet, number % 2, number / 2, size);
    const cv::Mat expected = cv::Scalar::all(255) - frames.frames[frame].rgb;
    CHECK(cv::norm(drawn, expected, cv::NORM_L1) / static_cast<double>(3 * size.area()) < 4.0);
    const cv::Mat before = cv::Scalar::all(255) - frames.frames[frame - 5].rgb;
    CHECK(cv::norm(drawn, before, cv::NORM_L1) > 1.2 * cv::norm(drawn, expected, cv::NORM_L1));
    ++number;
  }
  const std::vector<nlohmann::json> lines = json_lines(run);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at("status") == "done");
  CHECK(lines[0].at("output") == "clip.negative.preview.jpg");
  CHECK(lines[0].at("width") == sheet.cols);
  CHECK(lines[0].at("height") == sheet.rows);
  CHECK_THAT(run.err, Contains("4 frames"));
}

TEST_CASE("a preview of pairs has twice the width", "[video_preview]") {
  const PreviewFixture fixture;
  REQUIRE(fixture.preview({"clip.mp4", "--preview", "1", "--compare", "-o", "p.png"}).code == 0);
  const cv::Size pair(384, 108);
  const cv::Mat sheet = fixture.picture("p.png");
  REQUIRE(sheet.size() == sheet_of(1, 1, pair));
  const cv::Mat both = cell(sheet, 0, 0, pair);
  const cv::Mat before = both.colRange(0, 192);
  const cv::Mat after = both.colRange(192, 384);
  CHECK(cv::norm(before, cv::Mat(cv::Scalar::all(255) - after), cv::NORM_INF) <= 2.0);
}

TEST_CASE("a preview fits the clip that it is of", "[video_preview]") {
  const PreviewFixture fixture;
  SECTION("one frame") {
    fixture.clips.ffmpeg(std::string(kMoving) + kH264 + "-frames:v 1 one.mp4");
    const Finished run = fixture.preview({"one.mp4", "--preview", "9", "-o", "p.png"});
    INFO(run.err);
    REQUIRE(run.code == 0);
    CHECK_THAT(run.err, Contains("1 frame,"));
    CHECK(fixture.picture("p.png").size() == sheet_of(1, 1, {192, 108}));
  }
  SECTION("large") {
    fixture.clips.ffmpeg("-f lavfi -i testsrc2=s=1280x720:r=5:d=1 " + std::string(kH264) +
                         "large.mp4");
    REQUIRE(fixture.preview({"large.mp4", "--preview", "1", "-o", "p.webp"}).code == 0);
    CHECK(fixture.picture("p.webp").size() == sheet_of(1, 1, {480, 270}));
  }
  SECTION("a part") {
    REQUIRE(fixture
                .preview({"clip.mp4", "--preview", "1", "--start", "1", "--duration", "0.04", "-o",
                          "part.png"})
                .code == 0);
    const FramesRead frames = read_frames(fixture.clips / "clip.mp4");
    const cv::Mat expected = cv::Scalar::all(255) - frames.frames[25].rgb;
    CHECK(cv::norm(cell(fixture.picture("part.png"), 0, 0, {192, 108}), expected, cv::NORM_INF) <=
          2.0);
  }
}

TEST_CASE("previews follow the rules of outputs", "[video_preview]") {
  const PreviewFixture fixture;
  fs::copy_file(fixture.clips / "clip.mp4", fixture.clips / "other.mp4");
  write_file(fixture.clips / "clip.negative.preview.jpg", "precious");
  CHECK(fixture.preview({"clip.mp4", "--preview", "2"}).code == 2);
  CHECK(fixture.preview({"clip.mp4", "--preview", "2", "--on-exists", "skip"}).code == 0);
  CHECK(read_file(fixture.clips / "clip.negative.preview.jpg") == "precious");
  CHECK(fixture.preview({"clip.mp4", "--preview", "2", "-y"}).code == 0);
  CHECK(fixture.picture("clip.negative.preview.jpg").cols > 192);
  CHECK(fixture.preview({"clip.mp4", "other.mp4", "--preview", "2", "-o", "sheets/"}).code == 0);
  CHECK(fs::exists(fixture.clips / "sheets/other.negative.preview.jpg"));
  const Finished plan = fixture.preview({"other.mp4", "--preview", "2", "--dry-run"});
  CHECK(plan.out == "other.mp4 -> other.negative.preview.jpg\n");
  // By the shortcut as well.
  CHECK(fixture
            .run({"other.mp4", "--preview", "2", "-o", "short.png"},
                 {.folder = fixture.clips.path().string()})
            .code == 0);
}

TEST_CASE("wrong uses of --preview are refused", "[video_preview]") {
  const PreviewFixture fixture;
  const std::vector<std::pair<Arguments, std::string>> wrong{
      {{"clip.mp4", "--preview", "0"}, "--preview"},
      {{"clip.mp4", "--preview", "101"}, "--preview"},
      {{"clip.mp4", "--preview", "4", "-o", "out.mp4"}, "a preview is a picture"},
      {{"clip.mp4", "--preview", "4", "-o", "-"}, "files"},
      {{"-", "--preview", "4"}, "files"},
      {{"clip.mp4", "--preview", "4", "--resume"}, "--resume"}};
  for (const auto& [arguments, named] : wrong) {
    const Finished run = fixture.preview(arguments);
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains(named));
  }
  write_file(fixture.clips / "text.mp4", "this is no video\n");
  CHECK(fixture.preview({"text.mp4", "--preview", "4"}).code == 1);
  CHECK(fixture.clips.names() == std::vector<std::string>{"clip.mp4", "text.mp4"});
}
