#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "log_catcher.h"
#include "pictures.h"
#include "process.h"
#include "stylize/core/error.h"
#include "stylize/media/video_writer.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

// The error of copying a clip, e.g. "usage x.mp4: ...".
std::string failure(const std::string& from, const std::string& to,
                    const VideoWriteOptions& write) {
  try {
    copy_video(from, to, write);
  } catch (const Error& error) {
    return std::string(error_code_name(error.code())) + " " + error.what();
  }
  return "none";
}

struct Coding {
  std::string format, matrix, range;
};

// One patch a frame of each colour, in 64 x 64.
const std::array<std::array<int, 3>, 6> kPatches{
    {{200, 50, 50}, {50, 200, 50}, {50, 50, 200}, {240, 220, 30}, {255, 255, 255}, {0, 0, 255}}};

void make_patches(const VideoDir& dir, const Coding& coding, const std::string& tags) {
  std::string inputs, chain;
  for (std::size_t i = 0; i < kPatches.size(); ++i) {
    const std::string color =
        cv::format("%02x%02x%02x", kPatches[i][0], kPatches[i][1], kPatches[i][2]);
    inputs += "-f lavfi -i color=0x" + color + ":s=64x64:r=25:d=0.08,format=gbrp ";
    chain += "[" + std::to_string(i) + "]";
  }
  chain += "concat=n=" + std::to_string(kPatches.size());
  if (!coding.matrix.empty()) {
    chain += ",scale=out_color_matrix=" + coding.matrix + ":out_range=" + coding.range +
             ":flags=accurate_rnd+full_chroma_inp";
  }
  dir.ffmpeg(inputs + "-filter_complex '" + chain + ",format=" + coding.format + "' " + tags +
             " -c:v ffv1 patches.mkv");
}

double worst_patch(const std::string& path) {
  const FramesRead read = read_frames(path);
  REQUIRE(read.frames.size() == 2 * kPatches.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < read.frames.size(); ++i) {
    const auto& color = kPatches[i / 2];
    const cv::Mat expected(64, 64, CV_8UC3, cv::Scalar(color[0], color[1], color[2]));
    worst = std::max(worst, max_difference(read.frames[i].rgb, expected));
  }
  return worst;
}

std::string value(const nlohmann::json& stream, const char* key) {
  return stream.value(key, std::string("none"));
}

}  // namespace

TEST_CASE("every time is kept, whatever the source's rhythm", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-f lavfi -i sine=d=2 ") + kH264 + "-c:a aac -g 12 plain.mp4");
  dir.ffmpeg(kMoving + std::string("-vf \"select='not(mod(n,3))+lt(mod(n,7),2)'\" -vsync vfr ") +
             kH264 + "-video_track_timescale 90000 varying.mp4");
  dir.ffmpeg("-itsoffset 1.5 -i plain.mp4 -map 0:v -c copy -avoid_negative_ts disabled late.mkv");
  dir.ffmpeg("-ss 0.7 -i plain.mp4 -map 0 -c copy edited.mp4");
  dir.ffmpeg(kMoving + std::string("-frames:v 1 ") + kH264 + "single.mp4");
  dir.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=30000/1001:d=1 " + std::string(kH264) + "film.mkv");
  const std::string name =
      GENERATE("plain.mp4", "varying.mp4", "late.mkv", "edited.mp4", "single.mp4", "film.mkv");
  const std::string ending = GENERATE(".mp4", ".mkv", ".mov");
  CAPTURE(name, ending);
  const std::string out = dir / ("out" + ending);
  const Copied copied = copy_video(dir / name, out, {.crf = 23, .preset = "veryfast"});
  const std::vector<std::string> before = seconds(dir / name), after = seconds(out);
  REQUIRE(before.size() == after.size());
  CHECK(static_cast<std::size_t>(copied.frames) == before.size());
  // Matroska counts milliseconds.
  const double tick = ending == ".mkv" ? 0.0005001 : 0.0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(std::abs(std::stod(before[i]) - std::stod(after[i])) <= tick);
  }
  if (ending == ".mp4") {  // the last frame lasts as long as it did
    const auto end = [](const std::string& path) {
      return std::stod(
          ffprobe(path, "-show_format").at("format").at("duration").get<std::string>());
    };
    CHECK(end(out) == Approx(end(dir / name)).margin(0.0011));
  }
}

TEST_CASE("sound, titles, languages and marks stay packet for packet", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  write_file(dir / "notes",
             ";FFMETADATA1\ntitle=Holiday\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\n"
             "END=1000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\n"
             "title=Two\n");
  dir.ffmpeg("-f lavfi -i testsrc2=s=64x64:r=1:d=1 -frames:v 1 cover.jpg");
  dir.ffmpeg(
      kMoving +
      std::string("-f lavfi -i sine=d=2 -f lavfi -i sine=f=880:d=2,aformat=channel_layouts=5.1 "
                  "-i notes -i cover.jpg -map 0 -map 1 -map 2 -map 4 -map_metadata 3 ") +
      kH264 +
      "-c:a:0 aac -c:a:1 ac3 -c:v:1 copy -disposition:v:1 attached_pic "
      "-metadata:s:a:0 language=deu -metadata:s:a:1 language=eng "
      "-disposition:a:1 default -disposition:a:0 0 clip.mp4");
  CHECK(copy_video(dir / "clip.mp4", dir / "out.mov", {.preset = "veryfast"}).left_out ==
        std::vector<std::string>{"cover picture, stream 4 (mjpeg): mov cannot hold it"});
  CHECK(packet_hashes(dir / "out.mov", 1) == packet_hashes(dir / "clip.mp4", 1));
  const std::string ending = GENERATE(".mp4", ".mkv");
  CAPTURE(ending);
  const std::string out = dir / ("out" + ending);
  const Copied copied = copy_video(dir / "clip.mp4", out, {.preset = "veryfast"});
  CHECK(copied.left_out.empty());
  for (const int stream : {1, 2}) {
    CHECK(packet_hashes(out, stream) == packet_hashes(dir / "clip.mp4", stream));
  }
  const nlohmann::json after = streams(out);
  CHECK(after[1].at("tags").at("language") == "deu");
  CHECK(after[2].at("tags").at("language") == "eng");
  CHECK(after[1].at("disposition").at("default") == 0);
  CHECK(after[2].at("disposition").at("default") == 1);
  CHECK(after[2].at("channels") == 6);
  const nlohmann::json facts = ffprobe(out, "-show_format -show_chapters");
  CHECK(facts.at("format").at("tags").at("title") == "Holiday");
  REQUIRE(facts.at("chapters").size() == 2);
  CHECK(facts["chapters"][1].at("start_time") == "1.000000");
  CHECK(facts["chapters"][1].at("tags").at("title") == "Two");
  const nlohmann::json before = streams(dir / "clip.mp4");
  const int cover = before.back().at("index"), kept = after.back().at("index");
  CHECK(after.back().at("disposition").at("attached_pic") == 1);
  CHECK(packet_hashes(out, kept) == packet_hashes(dir / "clip.mp4", cover));
}

TEST_CASE("subtitles and attached files stay where they can, and are named where not", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  write_file(dir / "words.srt",
             "1\n00:00:00,100 --> 00:00:01,000\nHello\n\n2\n00:00:01,100 --> 00:00:01,900\nYou\n");
  write_file(dir / "font.ttf", "a font");
  dir.ffmpeg(kMoving + std::string("-f lavfi -i sine=d=2 -i words.srt -map 0 -map 1 -map 2 ") +
             kH264 +
             "-c:a libopus -c:s srt -attach font.ttf "
             "-metadata:s:t mimetype=application/x-truetype-font clip.mkv");
  const VideoWriteOptions fast{.preset = "veryfast"};
  CHECK(copy_video(dir / "clip.mkv", dir / "out.mkv", fast).left_out.empty());
  CHECK(packet_hashes(dir / "out.mkv", 2) == packet_hashes(dir / "clip.mkv", 2));
  const auto sound_begins = [&](const char* name) {
    return streams(dir / name)[1].at("start_time").get<std::string>();
  };
  CHECK(sound_begins("out.mkv") == sound_begins("clip.mkv"));
  const nlohmann::json after = streams(dir / "out.mkv");
  CHECK(after[3].at("codec_type") == "attachment");
  CHECK(after[3].at("tags").at("filename") == "font.ttf");
  CHECK(read_file(dir / "out.mkv").find("a font") != std::string::npos);

  CHECK(copy_video(dir / "clip.mkv", dir / "out.mp4", fast).left_out ==
        std::vector<std::string>{"subtitle stream 2 (subrip): mp4 cannot hold it",
                                 "attachment stream 3 (ttf): mp4 cannot hold it"});
  CHECK(streams(dir / "out.mp4").size() == 2);
  CHECK(packet_hashes(dir / "out.mp4", 1) == packet_hashes(dir / "clip.mkv", 1));
  // Flac in a transport stream would be bytes that nobody knows.
  dir.ffmpeg("-i clip.mkv -map 0:v -map 0:a -map 0:a -c:v copy -c:a:0 flac -c:a:1 aac flac.mkv");
  CHECK(copy_video(dir / "flac.mkv", dir / "out.ts", fast).left_out ==
        std::vector<std::string>{"audio stream 1 (flac): ts cannot hold it"});
  CHECK(packet_hashes(dir / "out.ts", 1).size() == packet_hashes(dir / "flac.mkv", 2).size());
  CHECK(copy_video(dir / "clip.mkv", dir / "out.webm", {.extra = {{"deadline", "realtime"}}})
            .left_out.size() == 2);
  CHECK(streams(dir / "out.webm")[0].at("codec_name") == "vp9");
}

TEST_CASE("colours are within two levels after a copy, and their tags the source's", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  const auto [matrix, tag] = GENERATE(table<std::string, std::string>(
      {{"bt601", "smpte170m"}, {"bt709", "bt709"}, {"bt2020", "bt2020nc"}}));
  const auto [format, range] = GENERATE(table<std::string, std::string>({{"yuv420p", "tv"},
                                                                         {"yuv420p", "pc"},
                                                                         {"yuv422p", "tv"},
                                                                         {"yuv444p", "pc"},
                                                                         {"yuv420p10", "tv"},
                                                                         {"yuv444p10", "pc"}}));
  CAPTURE(matrix, format, range);
  make_patches(dir, {format, matrix, range},
               "-colorspace " + tag + " -color_range " + range +
                   " -color_primaries bt470bg -color_trc gamma28");
  CHECK(worst_patch(dir / "patches.mkv") <= 2.0);
  copy_video(dir / "patches.mkv", dir / "out.mp4");
  CHECK(worst_patch(dir / "out.mp4") <= 2.0);
  const nlohmann::json after = streams(dir / "out.mp4")[0];
  CHECK(value(after, "color_space") == tag);
  CHECK(value(after, "color_range") == range);
  CHECK(value(after, "color_primaries") == "bt470bg");
  CHECK(value(after, "color_transfer") == "bt470bg");  // as libav names gamma 2.8
  CHECK(value(after, "profile") == "High");
}

TEST_CASE("untagged, RGB and deep sources keep their colours, too", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  SECTION("untagged") {
    make_patches(dir, {"yuv420p", "bt601", "tv"}, "");
    copy_video(dir / "patches.mkv", dir / "out.mp4");
    CHECK(value(streams(dir / "out.mp4")[0], "color_space") == "none");
    CHECK(value(streams(dir / "out.mp4")[0], "color_range") == "none");
  }
  SECTION("RGB") {
    make_patches(dir, {"gbrp", "", ""}, "");
    copy_video(dir / "patches.mkv", dir / "out.mp4");
    CHECK(value(streams(dir / "out.mp4")[0], "color_space") == "smpte170m");
  }
  SECTION("10 bits through 16") {
    make_patches(dir, {"yuv444p10", "bt709", "tv"}, "-colorspace bt709 -color_range tv");
    copy_video(dir / "patches.mkv", dir / "out.mp4", {.pixel_format = "yuv420p10le"},
               {.deep = true});
    CHECK(value(streams(dir / "out.mp4")[0], "pix_fmt") == "yuv420p10le");
  }
  CHECK(worst_patch(dir / "out.mp4") <= 2.0);
}

TEST_CASE("grey stays grey, of the same levels", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg("-f lavfi -i color=0x646464:s=64x64:r=25:d=0.08,format=gray -c:v ffv1 gray.mkv");
  copy_video(dir / "gray.mkv", dir / "out.mp4");
  for (const char* name : {"gray.mkv", "out.mp4"}) {
    const cv::Mat rgb = read_frames(dir / name).frames.at(0).rgb;
    CHECK(max_difference(rgb, cv::Mat(rgb.size(), CV_8UC3, cv::Scalar::all(100))) <= 2.0);
  }
}

TEST_CASE("a turned clip is written upright, without its matrix", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-frames:v 3 -vf setsar=4/3 ") + kH264 + "flat.mp4");
  dir.ffmpeg("-i flat.mp4 -c copy -metadata:s:v rotate=90 turned.mp4");
  copy_video(dir / "turned.mp4", dir / "out.mp4");
  const nlohmann::json after = streams(dir / "out.mp4")[0];
  CHECK(after.at("width") == 108);
  CHECK(after.at("height") == 192);
  CHECK(after.at("sample_aspect_ratio") == "3:4");
  CHECK_FALSE(after.contains("side_data_list"));
  CHECK(mean_difference(read_frames(dir / "out.mp4").frames.at(0).rgb,
                        read_frames(dir / "turned.mp4").frames.at(0).rgb) < 6.0);
}

TEST_CASE("odd sizes stay as they are, and it is said at which price", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-frames:v 5 -vf crop=191:107:0:0:exact=1 -c:v ffv1 "
                                   "-pix_fmt yuv444p odd.mkv"));
  const LogCatcher log;
  copy_video(dir / "odd.mkv", dir / "out.mp4");
  CHECK_THAT(log.text(), Contains("out.mp4: an odd width or height needs yuv444p"));
  const nlohmann::json after = streams(dir / "out.mp4")[0];
  CHECK(after.at("width") == 191);
  CHECK(after.at("height") == 107);
  CHECK(times(dir / "out.mp4").size() == 5);
}

TEST_CASE("a part keeps its sound, chapters and subtitles", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  write_file(dir / "notes",
             ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\n"
             "title=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two\n");
  write_file(dir / "words.srt", "1\n00:00:01,000 --> 00:00:01,900\nYou\n");
  dir.ffmpeg(kMoving +
             std::string("-f lavfi -i sine=d=2 -i words.srt -i notes -map 0 -map 1 -map 2 "
                         "-map_metadata 3 ") +
             kH264 + "-c:a libopus -c:s srt clip.mkv");
  const Copied copied = copy_video(dir / "clip.mkv", dir / "out.mkv", {.preset = "veryfast"},
                                   {.start = 0.5, .duration = 1.0});
  CHECK(copied.frames == 25);
  const nlohmann::json facts = ffprobe(dir / "out.mkv", "-show_chapters -show_packets");
  REQUIRE(facts.at("chapters").size() == 2);
  CHECK(facts["chapters"][0].at("end_time") == "0.500000");
  CHECK(facts["chapters"][1].at("end_time") == "1.000000");
  for (const nlohmann::json& packet : facts.at("packets")) {
    const double time = std::stod(packet.at("pts_time").get<std::string>());
    CHECK(time >= -0.02);  // the run-up of Opus
    CHECK(time < 1.0);
    if (packet.at("stream_index") == 2) {
      CHECK(time == Approx(0.5).margin(0.01));
      CHECK(std::stod(packet.at("duration_time").get<std::string>()) <= 0.501);
    }
  }
}

TEST_CASE("what cannot be is an error before anything is written", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-frames:v 3 ") + kH264 + "clip.mp4");
  write_file(dir / "there.mp4", "old");
  const std::string clip = dir / "clip.mp4", out = dir / "out.mp4";
  CHECK_THAT(failure(clip, dir / "out.xyz", {}), Contains("usage ") && Contains("mp4, m4v, mov"));
  CHECK_THAT(failure(clip, dir / "out", {}), Contains("usage ") && Contains("mkv"));
  CHECK_THAT(failure(clip, out, {.codec = "nope"}), Contains("usage nope: is no video encoder"));
  CHECK_THAT(failure(clip, dir / "out.webm", {.codec = "libx264"}),
             Contains("usage libx264: webm cannot hold its video"));
  CHECK_THAT(failure(clip, out, {.extra = {{"colour", "1"}}}),
             Contains("usage colour: is no option of the encoder libx264"));
  CHECK_THAT(failure(clip, dir / "out.webm", {.preset = "fast"}), Contains("usage preset: is no"));
  CHECK_THAT(failure(clip, out, {.extra = {{"aq-mode", "many"}}}), Contains("usage libx264: "));
  CHECK_THAT(failure(clip, out, {.pixel_format = "bla"}), Contains("usage bla: is no pixel"));
  CHECK_THAT(failure(clip, out, {.pixel_format = "rgb24"}), Contains("usage rgb24: "));
  CHECK_THAT(failure(clip, dir / "there.mp4", {}), Contains("output-exists "));
  CHECK_THAT(failure(clip, dir / "missing/out.mp4", {}), Contains("output-unwritable "));
  CHECK_THAT(failure(clip, "/proc/out.mp4", {}), Contains("output-unwritable /proc/out.mp4"));
  CHECK(dir.names() == std::vector<std::string>{"clip.mp4", "there.mp4"});
  CHECK(read_file(dir / "there.mp4") == "old");
  CHECK(failure(clip, dir / "there.mp4", {.overwrite = Overwrite::kYes}) == "none");
  CHECK(times(dir / "there.mp4").size() == 3);
}

TEST_CASE("nothing is left without finish, and mp4 begins with its index", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "clip.mp4");
  {
    VideoReader reader(dir / "clip.mp4");
    VideoSegmentWriter writer(dir / "segment", dir / "out.mp4", reader);
    writer.write(*reader.next_frame());
    CHECK_FALSE(std::filesystem::exists(dir / "segment"));
  }
  CHECK(dir.names() == std::vector<std::string>{"clip.mp4"});
  copy_video(dir / "clip.mp4", dir / "out.mp4");
  CHECK(dir.names() == std::vector<std::string>{"clip.mp4", "out.mp4"});
  const std::string bytes = read_file(dir / "out.mp4");
  CHECK(bytes.find("moov") < bytes.find("mdat"));
}

// Run by the test below in a process whose disk is full.
TEST_CASE("copying to a full disk", "[.video_full_disk]") {
  const char* folder = std::getenv("STYLIZE_TEST_FOLDER");
  REQUIRE(folder != nullptr);
  const std::string place(folder);
  const char* ending = std::getenv("STYLIZE_TEST_ENDING");
  CHECK_THAT(failure(place + "/clip.mp4", place + "/out" + ending, {}),
             Contains("disk-full "));  // the segments lie elsewhere
}

#ifndef __SANITIZE_ADDRESS__  // which does not start behind a preloaded library
TEST_CASE("a full disk is said to be, and no part of a file is left", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "clip.mp4");
  const std::string ending = GENERATE(".mp4", ".mkv");
  const int room = GENERATE(0, 20000);
  CAPTURE(ending, room);
  std::string command =
      "STYLIZE_TEST_FOLDER='" + dir.path().string() + "' STYLIZE_TEST_ENDING=" + ending + " ";
  for (const auto& [key, text] : full_disk_after(room)) {
    command.append(key).append("='").append(text).append("' ");
  }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  command += "'" + self + "' '[.video_full_disk]' >/dev/null";
  CHECK(std::system(command.c_str()) == 0);
  CHECK(dir.names() == std::vector<std::string>{"clip.mp4"});
}
#endif
