#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "log_catcher.h"
#include "pictures.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

const std::string kSoundToo = kMoving + std::string("-f lavfi -i sine=d=2 ") + kH264;

// Seconds of a stream's packets in the order of the file.
std::vector<double> packet_times(const std::string& path, int stream) {
  const nlohmann::json found = ffprobe(path, "-select_streams " + std::to_string(stream) +
                                                 " -show_packets -show_entries packet=pts_time");
  std::vector<double> result;
  for (const nlohmann::json& packet : found.at("packets")) {
    result.push_back(std::stod(packet.at("pts_time").get<std::string>()));
  }
  return result;
}

// How long after the sound the pictures begin.
double lead_of_sound(const std::string& path) {
  return std::stod(seconds(path).front()) - packet_times(path, 1).front();
}

double begin_of(const std::string& path) {
  return std::stod(ffprobe(path, "-show_format").at("format").at("start_time").get<std::string>());
}

double largest_step(const std::vector<double>& times) {
  double largest = 0.0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    largest = std::max(largest, times[i] - times[i - 1]);
  }
  return largest;
}

}  // namespace

TEST_CASE("a part begins with the very frame that was asked for, in every container", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  // 26 seconds: seeking stays away from the beginning.
  const std::string name = GENERATE("clip.ts", "clip.mp4", "clip.mkv", "clip.mpg", "clip.flv");
  const std::string codec =
      name == "clip.mpg" ? "-c:v mpeg2video -bf 2 -g 12 " : kH264 + std::string("-g 24 ");
  dir.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25:d=26 -f lavfi -i sine=d=26 " + codec +
             (name == "clip.flv" ? "-c:a aac " : "-c:a mp2 ") + name);
  const FramesRead whole = read_frames(dir / name);
  REQUIRE(whole.frames.size() == 650);
  const VideoInfo info = VideoReader(dir / name).info();
  // Times of a broadcast count from its beginning, those of other files are kept.
  const bool is_kept = name != "clip.ts" && name != "clip.mpg";
  const double first = is_kept ? begin_of(dir / name) : 0.0;
  for (const int frame : {3, 23, 47, 335, 600, 649}) {
    CAPTURE(name, frame);
    const std::int64_t time = whole.frames[static_cast<std::size_t>(frame)].pts;
    const double start = static_cast<double>(time) * info.time_base.value() - first - 0.001;
    const FramesRead part = read_frames(dir / name, {.start = start, .duration = 0.2});
    REQUIRE(part.frames.size() == std::min<std::size_t>(5, 650 - static_cast<std::size_t>(frame)));
    CHECK(max_difference(part.frames.front().rgb,
                         whole.frames[static_cast<std::size_t>(frame)].rgb) == 0.0);
    CHECK(part.damaged == 0);
  }
}

TEST_CASE("where a transport stream's clock jumps, pictures and sound go on in step", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kSoundToo + "-c:a mp2 a.ts");
  // Backwards by two seconds, then 1000 seconds ahead.
  dir.ffmpeg("-i a.ts -map 0 -c copy -output_ts_offset 1000 b.ts");
  write_file(dir / "jump.ts", read_file(dir / "a.ts") + read_file(dir / "a.ts") +
                                  read_file(dir / "b.ts") + read_file(dir / "a.ts"));
  const FramesRead read = read_frames(dir / "jump.ts");
  REQUIRE(read.frames.size() == 200);
  for (std::size_t i = 1; i < read.frames.size(); ++i) {
    CAPTURE(i);
    CHECK(read.frames[i].pts - read.frames[i - 1].pts == Approx(3600).margin(1));
  }
  const std::string ending = GENERATE(".mkv", ".mp4", ".ts");
  CAPTURE(ending);
  const std::string out = dir / ("out" + ending);
  copy_video(dir / "jump.ts", out, {.preset = "veryfast"});
  CHECK(largest_step(packet_times(out, 1)) < 0.08);
  CHECK(packet_hashes(out, 1) == packet_hashes(dir / "jump.ts", 1));
  const std::vector<double> sound = packet_times(out, 1);
  CHECK(sound.back() - sound.front() == Approx(8.0).margin(0.1));
  CHECK(lead_of_sound(out) == Approx(lead_of_sound(dir / "a.ts")).margin(0.002));
  // The sound of the last part begins where its pictures do.
  const FramesRead part = read_frames(dir / "jump.ts", {.start = 6.05, .duration = 1.0});
  REQUIRE(part.frames.size() == 25);
  CHECK(max_difference(part.frames[0].rgb, read.frames[151].rgb) == 0.0);
}

TEST_CASE("pictures that begin long before or after the sound stay so", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  const std::string late = GENERATE("pictures", "sound");
  const std::string from = GENERATE(".mp4", ".mkv", ".ts");
  dir.ffmpeg(kSoundToo + "-c:a mp3 clip.mkv");
  dir.ffmpeg(std::string(late == "pictures" ? "-itsoffset 1.52 -i clip.mkv -i clip.mkv "
                                            : "-i clip.mkv -itsoffset 1.52 -i clip.mkv ") +
             "-map 0:v -map 1:a -c copy late" + from);
  for (const std::string to : {".mp4", ".mkv", ".mov", ".ts", ".avi"}) {
    CAPTURE(late, from, to);
    const LogCatcher log;
    const std::string out = dir / ("out" + to);
    copy_video(dir / ("late" + from), out, {.preset = "veryfast", .overwrite = Overwrite::kYes});
    CHECK(seconds(out).size() == 50);
    if (to == ".avi" && late == "sound") {
      CHECK_THAT(log.text(), Contains("ms late, which avi cannot tell"));
    } else {
      CHECK(lead_of_sound(out) ==
            Approx(lead_of_sound(dir / ("late" + from))).margin(to == ".avi" ? 0.045 : 0.002));
    }
  }
}

TEST_CASE("a part has its sound, even if that lies far behind the pictures", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=5:d=20 " + std::string(kH264) + "v.flv");
  dir.ffmpeg("-f lavfi -i sine=d=20 -c:a aac a.flv");
  // Such files are a header of 13 bytes and then what comes: here all pictures, then all sound.
  std::string both = read_file(dir / "v.flv");
  both[4] = 5;  // there are both
  write_file(dir / "both.flv", both + read_file(dir / "a.flv").substr(13));
  const FramesRead part = read_frames(dir / "both.flv", {.duration = 6.0});
  CHECK(part.frames.size() == 28);  // B-frames begin 0.4 seconds late
  CHECK(part.packets >= 256);       // of 43.07 a second
  CHECK(part.packets <= 260);
}
