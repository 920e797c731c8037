// Kinds of sources that are rarer, and what becomes of them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "log_catcher.h"
#include "pictures.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

// Whether ffmpeg decodes all pictures without a word. Damaged sound is copied as it is.
bool plays(const std::string& path) {
  const std::string command =
      "test -z \"$(ffmpeg -v warning -nostdin -i '" + path + "' -map 0:V -f null - 2>&1)\"";
  return std::system(command.c_str()) == 0;
}

bool is_growing(const std::vector<std::string>& seconds) {
  return std::is_sorted(seconds.begin(), seconds.end(),
                        [](const std::string& left, const std::string& right) {
                          return std::stod(left) <= std::stod(right);
                        });
}

}  // namespace

TEST_CASE("interlaced frames are all there, as whole pictures, and said to be", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  const std::string name = GENERATE("clip.mp4", "clip.mpg");
  const std::string codec =
      name == "clip.mpg" ? "-c:v mpeg2video -bf 2 -q:v 2 " : "-c:v libx264 -preset veryfast -bf 3 ";
  dir.ffmpeg(
      "-f lavfi -i testsrc2=s=192x96:r=50:d=2 -vf tinterlace=interleave_top,fieldorder=tff " +
      codec + "-flags +ilme+ildct " + name);
  REQUIRE(streams(dir / name)[0].at("field_order") == "tt");
  const std::string ending = GENERATE(".mp4", ".mov", ".mkv");
  const std::string out = dir / ("out" + ending);
  const LogCatcher log;
  CHECK(copy_video(dir / name, out, {.preset = "veryfast"}).frames == 50);
  CHECK_THAT(log.text(), Contains(name + ": is interlaced"));
  CHECK(streams(out)[0].at("field_order") == "progressive");
  // Here the file's own mark is all there is.
  copy_video(dir / name, dir / "plain.mkv", {.codec = "ffv1"});
  CHECK(streams(dir / "plain.mkv")[0].at("field_order") == "progressive");
  const nlohmann::json found =
      ffprobe(out, "-show_frames -select_streams V:0 -show_entries frame=interlaced_frame");
  REQUIRE(found.at("frames").size() == 50);
  for (const nlohmann::json& frame : found.at("frames")) {
    CHECK(frame.at("interlaced_frame") == 0);
  }
}

TEST_CASE("progressive clips are not said to be interlaced", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "clip.mp4");
  const LogCatcher log;
  copy_video(dir / "clip.mp4", dir / "out.mkv", {.preset = "veryfast"});
  CHECK_THAT(log.text(), !Contains("interlaced"));
  CHECK(streams(dir / "out.mkv")[0].at("field_order") == "progressive");
}

TEST_CASE("one track of mono sound, and none at all", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-f lavfi -i sine=d=2:r=22050 ") + kH264 + "-c:a aac mono.mp4");
  dir.ffmpeg("-i mono.mp4 -an -c copy silent.mp4");
  const std::string ending = GENERATE(".mp4", ".mkv", ".mov", ".ts", ".avi");
  CAPTURE(ending);
  const std::string mono = dir / ("mono_out" + ending), silent = dir / ("silent_out" + ending);
  copy_video(dir / "mono.mp4", mono, {.preset = "veryfast"});
  CHECK(streams(mono)[1].at("channels") == 1);
  CHECK(streams(mono)[1].at("sample_rate") == "22050");
  if (ending != ".ts") {  // which has a header before each of them
    CHECK(packet_hashes(mono, 1) == packet_hashes(dir / "mono.mp4", 1));
  }
  copy_video(dir / "silent.mp4", silent, {.preset = "veryfast"});
  CHECK(streams(silent).size() == 1);
  CHECK(seconds(silent).size() == 50);
}

TEST_CASE("what is left of a torn or damaged file becomes one that plays", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  const std::string from = GENERATE("clip.mp4", "clip.mkv", "clip.ts", "clip.avi");
  const bool is_torn = GENERATE(true, false);
  CAPTURE(from, is_torn);
  dir.ffmpeg(kMoving + std::string("-f lavfi -i sine=d=2 ") + kH264 +
             "-g 10 -c:a mp3 -movflags +faststart " + from);
  std::string bytes = read_file(dir / from);
  if (is_torn) {
    bytes.resize(bytes.size() * 6 / 10);
  } else {
    const auto middle = bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2);
    std::transform(middle, middle + 700, middle,
                   [](char byte) { return static_cast<char>(byte ^ 0x5a); });
  }
  write_file(dir / ("bad_" + from), bytes);
  for (const std::string to : {"out.mp4", "out.mkv", "out.ts"}) {
    CAPTURE(to);
    const std::string out = dir / to;
    const Copied copied = copy_video(dir / ("bad_" + from), out,
                                     {.preset = "veryfast", .overwrite = Overwrite::kYes});
    CHECK(copied.frames > (is_torn ? 15 : 35));
    const std::vector<std::string> after = seconds(out);
    CHECK(after.size() == static_cast<std::size_t>(copied.frames));
    CHECK(is_growing(after));
    CHECK(plays(out));
  }
}

TEST_CASE("sources that tell no times play at their rate", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  const auto [name, codec] = GENERATE(
      table<std::string, std::string>({{"raw.h264", kH264}, {"raw.m4v", "-c:v mpeg4 -bf 2 "}}));
  CAPTURE(name);
  dir.ffmpeg(kMoving + codec + name);
  CHECK(copy_video(dir / name, dir / "out.mp4", {.preset = "veryfast"}).frames == 50);
  const std::vector<std::string> after = seconds(dir / "out.mp4");
  REQUIRE(after.size() == 50);
  for (std::size_t i = 0; i < after.size(); ++i) {
    CHECK(std::stod(after[i]) == Approx(0.04 * static_cast<double>(i)).margin(0.0001));
  }
}
