#include "stylize/pipeline/spread_frames.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;

namespace {

struct Found {
  std::vector<double> seconds;
  std::vector<std::int64_t> times;
  std::vector<cv::Mat> pictures;
};

Found spread(const std::string& path, const VideoReadOptions& part, int count) {
  SpreadFrames frames(path, part, count);
  Found found;
  while (const auto frame = frames.next()) {
    found.seconds.push_back(frames.time_in_file(*frame));
    found.times.push_back(frame->pts);
    found.pictures.push_back(frame->rgb);
  }
  return found;
}

double difference(const cv::Mat& left, const cv::Mat& right) {
  return cv::norm(left, right, cv::NORM_INF);
}

}  // namespace

TEST_CASE("frames are spread over a video and are those of its times", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(std::string(kMoving) + kH264 + "-g 250 clip.mp4");
  const FramesRead all = read_frames(dir / "clip.mp4");
  const Found found = spread(dir / "clip.mp4", {}, 4);
  // The middles of four pieces of 50 frames.
  REQUIRE(found.pictures.size() == 4);
  const std::vector<std::size_t> expected{6, 19, 31, 44};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const VideoFrame& frame = all.frames[expected[i]];
    CHECK(found.times[i] == frame.pts);
    CHECK(found.seconds[i] == Approx(static_cast<double>(expected[i]) / 25.0));
    CHECK(difference(found.pictures[i], frame.rgb) == 0.0);
  }
}

TEST_CASE("frames of a part are in it, with the part's times", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(std::string(kMoving) + kH264 + "clip.mp4");
  const VideoReadOptions part{.start = 0.5, .duration = 0.5, .deep = false, .threads = 0};
  const FramesRead all = read_frames(dir / "clip.mp4", part);
  const Found found = spread(dir / "clip.mp4", part, 3);
  REQUIRE(found.pictures.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(found.seconds[i] > 0.5);
    CHECK(found.seconds[i] < 1.0);
    const auto same = std::find_if(all.frames.begin(), all.frames.end(),
                                   [&](const auto& frame) { return frame.pts == found.times[i]; });
    REQUIRE(same != all.frames.end());
    CHECK(difference(found.pictures[i], same->rgb) == 0.0);
  }
}

TEST_CASE("a video of few frames gives each of them once", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(std::string(kMoving) + kH264 + "-frames:v 1 one.mp4");
  CHECK(spread(dir / "one.mp4", {}, 9).times == times(read_frames(dir / "one.mp4").frames));
  CHECK(spread(dir / "one.mp4", {}, 1).pictures.size() == 1);
  dir.ffmpeg(std::string(kMoving) + kH264 + "-frames:v 3 three.mkv");
  CHECK(spread(dir / "three.mkv", {}, 50).times == times(read_frames(dir / "three.mkv").frames));
}

TEST_CASE("a frame that is shown to the end is found", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  // Five frames in the first second, the last of which stays for four more.
  dir.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=5:d=1 -f lavfi -i sine=d=5 " + std::string(kH264) +
             "-c:a aac clip.mkv");
  const Found found = spread(dir / "clip.mkv", {}, 5);
  REQUIRE(found.seconds.size() == 2);
  CHECK(found.seconds[0] == Approx(0.4));
  CHECK(found.seconds[1] == Approx(0.8));
}

TEST_CASE("times are those from the first frame, and a missing length is found", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(std::string(kMoving) + kH264 + "clip.ts");  // begins at 1.4 s
  const Found late = spread(dir / "clip.ts", {}, 2);
  REQUIRE(late.seconds.size() == 2);
  CHECK(late.seconds[0] == Approx(0.5).margin(0.021));
  CHECK(late.seconds[1] == Approx(1.5).margin(0.021));
  // As recorders in browsers leave it.
  dir.ffmpeg(std::string(kMoving) + kH264 + "-f matroska -live 1 - > live.mkv");
  VideoReader reader(dir / "live.mkv");
  REQUIRE(reader.info().duration == 0.0);
  const Found live = spread(dir / "live.mkv", {}, 2);
  REQUIRE(live.seconds.size() == 2);
  CHECK(live.seconds[1] == Approx(1.5).margin(0.021));
}
