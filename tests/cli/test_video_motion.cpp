// `stylize video`: what depends on more than one frame.
#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "face_cli_fixture.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

std::vector<cv::Mat> pictures(const std::string& path) {
  std::vector<cv::Mat> result;
  for (const VideoFrame& frame : read_frames(path).frames) {
    result.push_back(frame.rgb);
  }
  return result;
}

// The mean change from frame to frame.
double unrest(const std::string& path) {
  const std::vector<cv::Mat> frames = pictures(path);
  REQUIRE(frames.size() > 2);
  double sum = 0.0;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    sum += mean_difference(frames[i], frames[i - 1]);
  }
  return sum / static_cast<double>(frames.size() - 1);
}

const Arguments kLossless{"--codec", "ffv1", "--pix-fmt", "bgr0"};

Arguments with(Arguments first, const Arguments& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

}  // namespace

TEST_CASE("a noisy clip is drawn more steadily unless it is asked not to", "[video_motion]") {
  REQUIRE(have_ffmpeg());
  const CliFixture fixture;
  const VideoDir clips;
  // A still picture with grain.
  clips.ffmpeg("-loop 1 -framerate 10 -t 1 -i " STYLIZE_SOURCE_DIR
               "/docs/astronaut.jpg -vf scale=160:160,noise=alls=12:allf=t "
               "-c:v ffv1 -pix_fmt bgr0 grain.mkv");
  const auto drawn = [&](const Arguments& how) {
    const Arguments command{"video", "grain.mkv", "-o", "out.mkv", "-y"};
    RunSettings settings;
    settings.folder = clips.path().string();
    const Finished run = fixture.run(with(with(command, kLossless), how), settings);
    INFO(run.err);
    REQUIRE(run.code == 0);
    return unrest(clips / "out.mkv");
  };
  const double alone = drawn({"--temporal", "off"});
  const double usual = drawn({});
  CHECK(usual == drawn({"--temporal", "auto"}));
  CHECK(usual < 0.6 * alone);
  CHECK(drawn({"--temporal", "0.3"}) > usual);
  CHECK(drawn({"--temporal", "0"}) == alone);
}

TEST_CASE("wrong ways to hold a clip still are usage errors", "[video_motion]") {
  const CliFixture fixture;
  for (const std::string value : {"on", "1.5", "-1", "0.5x", "nan", ""}) {
    INFO(value);
    const Finished run = fixture.run({"video", "clip.mp4", "--temporal=" + value});
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("--temporal"));
  }
}

TEST_CASE("a face that the detector loses does not vanish at once", "[video_motion]") {
  REQUIRE(have_ffmpeg());
  const FaceCliFixture fixture;
  const VideoDir clips;
  // A second with a face, then three frames in which its eyes and mouth are covered, and the face
  // again: the picture as a whole stays, so there is no cut.
  clips.ffmpeg(
      "-loop 1 -framerate 10 -t 2 -i " STYLIZE_SOURCE_DIR
      "/docs/astronaut.jpg -vf "
      "crop=512:300:0:0,drawbox=x=170:y=40:w=120:h=160:color=0x303030:t=fill:enable='gte(n\\,"
      "8)*lte(n\\,10)' "
      "-c:v ffv1 -pix_fmt bgr0 gap.mkv");
  const auto inverted_share = [&](const Arguments& how) {
    const Finished run =
        fixture.draw(clips / "gap.mkv", "turn",
                     with(with({"-o", clips / "out.mkv", "-y", "--faces", "all"}, kLossless), how));
    INFO(run.err);
    REQUIRE(run.code == 0);
    const std::vector<cv::Mat> before = pictures(clips / "gap.mkv");
    const std::vector<cv::Mat> after = pictures(clips / "out.mkv");
    REQUIRE(after.size() == 20);
    std::vector<double> changes;
    for (std::size_t i = 0; i < after.size(); ++i) {
      changes.push_back(mean_difference(after[i], before[i]));
    }
    return changes;
  };
  const std::vector<double> alone = inverted_share({"--temporal", "off"});
  CHECK(alone[5] > 1.0);
  CHECK(alone[9] < 0.1);  // no face, nothing drawn
  const std::vector<double> followed = inverted_share({});
  CHECK(followed[5] > 1.0);
  CHECK(followed[9] > 0.3);
  CHECK(followed[19] > 1.0);
}

TEST_CASE("a clip moves from picture to picture", "[video_motion]") {
  REQUIRE(have_ffmpeg());
  const FaceCliFixture fixture;
  const VideoDir clips;
  clips.ffmpeg("-loop 1 -framerate 10 -t 0.9 -i " STYLIZE_SOURCE_DIR
               "/docs/astronaut.jpg -c:v ffv1 -pix_fmt bgr0 face.mkv");
  const cv::Mat red(64, 64, CV_8UC3, cv::Scalar(220, 40, 30));
  const cv::Mat blue(64, 64, CV_8UC3, cv::Scalar(20, 60, 230));
  save_picture(clips / "red.png", red);
  save_picture(clips / "blue.png", blue);
  const auto drawn = [&](const Arguments& references) {
    const Finished run =
        fixture.draw(clips / "face.mkv", "small_blend",
                     with(with({"-o", clips / "out.mkv", "-y"}, kLossless), references));
    INFO(run.err);
    REQUIRE(run.code == 0);
    return pictures(clips / "out.mkv");
  };
  const std::string first = clips / "red.png";
  const std::string second = clips / "blue.png";
  const std::vector<cv::Mat> begin = drawn({"-r", first});
  const std::vector<cv::Mat> end = drawn({"-r", second});
  const std::vector<cv::Mat> motion = drawn({"-r", first, "-r", second});
  REQUIRE(motion.size() == 9);
  REQUIRE(mean_difference(begin[0], end[0]) > 0.2);
  CHECK(max_difference(motion[0], begin[0]) == 0.0);
  CHECK(max_difference(motion[8], end[8]) <= 1.0);
  double before = -1.0;
  for (std::size_t i = 0; i < motion.size(); ++i) {
    const double way = mean_difference(motion[i], begin[i]);
    CHECK(way >= before);
    before = way;
  }
}

TEST_CASE("a picture becomes a clip that moves from picture to picture", "[video_motion]") {
  REQUIRE(have_ffmpeg());
  const FaceCliFixture fixture;
  save_picture(fixture.dir / "red.png", cv::Mat(64, 64, CV_8UC3, cv::Scalar(220, 40, 30)));
  save_picture(fixture.dir / "blue.png", cv::Mat(64, 64, CV_8UC3, cv::Scalar(20, 60, 230)));
  save_picture(fixture.dir / "portrait.png", portrait());
  const auto draw = [&](const Arguments& more) {
    Arguments command{"video", "portrait.png", "--style", "small_blend", "--models-dir", "models"};
    return fixture.run_plain(with(command, more));
  };
  const Finished run =
      draw({"-r", "red.png", "-r", "blue.png", "--duration", "0.6", "--fps", "15"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const std::string clip = fixture.dir / "portrait.small_blend.mp4";
  const FramesRead read = read_frames(clip);
  REQUIRE(read.frames.size() == 9);
  CHECK(seconds(clip).at(1) == "0.066667");
  CHECK(read.frames[0].rgb.size() == portrait().size());
  // The photo it is, less the face; and the face is drawn otherwise at the end.
  const cv::Rect corner(0, 400, 100, 100);
  CHECK(mean_difference(read.frames[8].rgb(corner), portrait()(corner)) < 4.0);
  CHECK(mean_difference(read.frames[8].rgb, read.frames[0].rgb) > 0.2);

  const Finished too_few = draw({"-r", "red.png", "-y"});
  CHECK(too_few.code == 2);
  CHECK_THAT(too_few.err, Contains("is a picture, not a video") && Contains("stylize image"));
}

TEST_CASE("a single picture follows a single picture", "[video_motion]") {
  const FaceCliFixture fixture;
  const Finished run =
      fixture.draw("photo.png", "small_blend", {"-r", "photo.png", "-r", "photo.png"});
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("--reference") && Contains("stylize video"));
}
