#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "log_catcher.h"
#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/media/video_reader.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;

namespace {

// What ffmpeg shows of a file: 8-bit RGB, turned upright, all frames of `size` one below the other.
cv::Mat shown_by_ffmpeg(const VideoDir& dir, const std::string& name, cv::Size size) {
  dir.ffmpeg(
      "-i " + name +
      " -vf scale=flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24 -vsync passthrough "
      "-f rawvideo frames.rgb");
  const std::string bytes = read_file(dir / "frames.rgb");
  const int rows = static_cast<int>(bytes.size()) / (3 * size.width);
  cv::Mat frames(rows, size.width, CV_8UC3);
  std::copy(bytes.begin(), bytes.end(), frames.data);
  return frames;
}

ErrorCode code_of_opening(const std::string& path) {
  try {
    const VideoReader reader(path);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find(path) == 0);
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::kInternal;
}

std::vector<std::int64_t> from(std::vector<std::int64_t> all, std::size_t first, std::size_t count,
                               std::int64_t moved) {
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first));
  all.resize(count);
  for (std::int64_t& time : all) {
    time -= moved;
  }
  return all;
}

}  // namespace

TEST_CASE("every frame of a clip with B-frames is read, with its time and colours", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "-pix_fmt yuv444p clip.mp4");
  const VideoReader reader(dir / "clip.mp4");
  CHECK(reader.info().size == cv::Size(192, 108));
  CHECK(reader.info().frames == 50);
  CHECK(reader.info().duration == Approx(2.0));
  CHECK(reader.info().frame_rate.value() == Approx(25.0));
  CHECK(reader.info().bits == 8);
  CHECK(reader.info().codec == "h264");
  const FramesRead read = read_frames(dir / "clip.mp4");
  CHECK(times(read.frames) == times(dir / "clip.mp4"));
  CHECK(read.damaged == 0);
  const cv::Mat expected = shown_by_ffmpeg(dir, "clip.mp4", {192, 108});
  REQUIRE(expected.rows == 50 * 108);
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    const cv::Mat& rgb = read.frames[static_cast<std::size_t>(i)].rgb;
    CHECK(mean_difference(rgb, expected.rowRange(i * 108, (i + 1) * 108)) < 1.5);
  }
}

TEST_CASE("times are the file's own: varying rates, late starts, edit lists", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-f lavfi -i sine=d=2 ") + kH264 + "-c:a aac -g 12 base.mp4");
  dir.ffmpeg(kMoving + std::string("-vf \"select='not(mod(n,3))+lt(mod(n,7),2)'\" -vsync vfr ") +
             kH264 + "-video_track_timescale 90000 varying.mp4");
  dir.ffmpeg("-itsoffset 1.5 -i base.mp4 -map 0:v -c copy -avoid_negative_ts disabled late.mkv");
  dir.ffmpeg("-ss 0.7 -i base.mp4 -map 0 -c copy edited.mp4");
  const auto [name, frames] = GENERATE(
      table<std::string, std::size_t>({{"varying.mp4", 27}, {"late.mkv", 50}, {"edited.mp4", 32}}));
  CAPTURE(name);
  const FramesRead read = read_frames(dir / name);
  CHECK(read.frames.size() == frames);
  CHECK(times(read.frames) == times(dir / name));
  if (name == "late.mkv") {
    CHECK(read.frames.front().pts == 1500);
  }
}

TEST_CASE("a turned clip is read upright", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-frames:v 3 -vf setsar=4/3 ") + kH264 +
             "-pix_fmt yuv444p flat.mp4");
  const std::string turn = GENERATE("90", "180", "270");
  CAPTURE(turn);
  dir.ffmpeg("-i flat.mp4 -c copy -metadata:s:v rotate=" + turn + " turned.mp4");
  const VideoReader reader(dir / "turned.mp4");
  const cv::Size size = turn == "180" ? cv::Size(192, 108) : cv::Size(108, 192);
  CHECK(reader.info().is_rotated);
  CHECK(reader.info().size == size);
  CHECK(reader.info().sample_aspect.value() == Approx(turn == "180" ? 4.0 / 3 : 3.0 / 4));
  const FramesRead read = read_frames(dir / "turned.mp4");
  REQUIRE(read.frames.size() == 3);
  const cv::Mat expected = shown_by_ffmpeg(dir, "turned.mp4", size);
  CHECK(mean_difference(read.frames[0].rgb, expected.rowRange(0, size.height)) < 1.5);
}

TEST_CASE("a part begins where it is asked to, and its times count from there", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-f lavfi -i sine=d=2 ") + kH264 + "-c:a aac -g 12 clip.mp4");
  const std::vector<std::int64_t> all = times(dir / "clip.mp4");
  // 12800 ticks a second, 512 a frame
  FramesRead part = read_frames(dir / "clip.mp4", {.start = 0.6, .duration = 1.0});
  CHECK(times(part.frames) == from(all, 15, 25, 7680));
  CHECK(part.packets >= 42);  // of 43.07 a second
  CHECK(part.packets <= 44);
  part = read_frames(dir / "clip.mp4", {.start = 1.6});
  CHECK(times(part.frames) == from(all, 40, 10, 20480));
  part = read_frames(dir / "clip.mp4", {.duration = 0.2});
  CHECK(times(part.frames) == from(all, 0, 5, 0));
  CHECK(VideoReader(dir / "clip.mp4", {.start = 0.6, .duration = 1.0}).info().frames == 25);
  CHECK(VideoReader(dir / "clip.mp4", {.start = 1.6, .duration = 1.0}).info().duration ==
        Approx(0.4));
  CHECK(read_frames(dir / "clip.mp4", {.start = 5.0}).frames.empty());
}

TEST_CASE("a stream that changes its size stays at that of its beginning", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg("-f lavfi -i color=red:s=64x48:r=25:d=0.2 -c:v mpeg2video -f mpegts a.ts");
  dir.ffmpeg("-f lavfi -i color=red:s=128x96:r=25:d=0.2 -c:v mpeg2video -f mpegts b.ts");
  write_file(dir / "both.ts", read_file(dir / "a.ts") + read_file(dir / "b.ts"));
  const FramesRead read = read_frames(dir / "both.ts");
  CHECK(read.frames.size() > 5);
  CHECK(read.frames.size() == times(dir / "both.ts").size());
  for (const VideoFrame& frame : read.frames) {
    CHECK(frame.rgb.size() == cv::Size(64, 48));
    CHECK(max_difference(frame.rgb, read.frames.front().rgb) <= 2.0);
  }
}

TEST_CASE("deep frames come where they were asked for and are there", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-frames:v 2 -c:v ffv1 -pix_fmt yuv444p10 deep.mkv"));
  dir.ffmpeg(kMoving + std::string("-frames:v 2 -c:v ffv1 -pix_fmt yuv444p flat.mkv"));
  CHECK(VideoReader(dir / "deep.mkv").info().bits == 10);
  const FramesRead deep = read_frames(dir / "deep.mkv", {.deep = true});
  const FramesRead same = read_frames(dir / "deep.mkv");
  REQUIRE(deep.frames.size() == 2);
  CHECK(deep.frames[0].rgb.type() == CV_16UC3);
  CHECK(same.frames[0].rgb.type() == CV_8UC3);
  cv::Mat narrowed;
  deep.frames[0].rgb.convertTo(narrowed, CV_8U, 1.0 / 257);
  CHECK(max_difference(narrowed, same.frames[0].rgb) <= 2.0);
  CHECK(read_frames(dir / "flat.mkv", {.deep = true}).frames[0].rgb.type() == CV_8UC3);
}

TEST_CASE("a damaged clip gives what is there, and says that some is not", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "-g 10 -movflags +faststart clip.mp4");
  const std::string whole = read_file(dir / "clip.mp4");
  write_file(dir / "cut.mp4", whole.substr(0, whole.size() * 6 / 10));
  const FramesRead cut = read_frames(dir / "cut.mp4");
  CHECK(cut.frames.size() > 10);
  CHECK(cut.frames.size() < 45);
  CHECK(static_cast<int>(cut.frames.size()) + cut.damaged >= 48);

  std::string changed = whole;
  std::transform(changed.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2),
                 changed.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2 + 600),
                 changed.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2),
                 [](char byte) { return static_cast<char>(byte ^ 0x5a); });
  write_file(dir / "bad.mp4", changed);
  const FramesRead bad = read_frames(dir / "bad.mp4");
  CHECK(bad.frames.size() >= 40);
  CHECK(bad.damaged >= 1);
  const std::vector<std::int64_t> found = times(bad.frames);
  CHECK(std::is_sorted(found.begin(), found.end()));
}

TEST_CASE("what is no video is an error that names it", "[video]") {
  const VideoDir dir;
  write_file(dir / "text.sh", "echo no video\n");
  write_file(dir / "empty.mp4", "");
  write_file(dir / "noise.mp4", std::string(4000, 'x'));
  CHECK(code_of_opening(dir / "missing.mp4") == ErrorCode::kInputMissing);
  CHECK(code_of_opening(dir.path().string()) == ErrorCode::kInputMissing);
  CHECK(code_of_opening(dir / "text.sh") == ErrorCode::kInputUnsupported);
  CHECK(code_of_opening(dir / "empty.mp4") == ErrorCode::kInputCorrupt);
  CHECK(code_of_opening(dir / "noise.mp4") == ErrorCode::kInputCorrupt);
  // A list of others is not followed.
  write_file(
      dir / "list.m3u8",
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n");
  CHECK_THROWS_AS(VideoReader(dir / "list.m3u8"), Error);
  STYLIZE_NEEDS_FFMPEG();
  dir.ffmpeg("-f lavfi -i sine=d=0.2 sound.m4a");
  CHECK(code_of_opening(dir / "sound.m4a") == ErrorCode::kInputUnsupported);
  dir.ffmpeg(kMoving + std::string(kH264) + "clip.mp4");
  write_file(dir / "headless.mp4", read_file(dir / "clip.mp4").substr(0, 8000));
  CHECK(code_of_opening(dir / "headless.mp4") == ErrorCode::kInputCorrupt);
  std::filesystem::rename(dir / "clip.mp4", dir / "a: b.mp4");
  CHECK(read_frames(dir / "a: b.mp4").frames.size() == 50);
}
