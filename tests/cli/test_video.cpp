// `stylize video`: what is drawn, and that all else in the file stays as it was.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "face_cli_fixture.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

// A clip of one colour for a second, with sound, drawn with the exactly invertible style.
struct VideoFixture : CliFixture {
  VideoDir clips;

  VideoFixture() { REQUIRE(have_ffmpeg()); }

  // Runs in the folder of the clips.
  [[nodiscard]] Finished video(Arguments arguments) const {
    arguments.insert(arguments.begin(), "video");
    RunSettings settings;
    settings.folder = clips.path().string();
    return run(arguments, settings);
  }

  // `more`: another input with what becomes of it.
  void flat(const std::string& name, const std::string& more = "") const {
    clips.ffmpeg(
        "-f lavfi -i color=c=0x2050A0:s=64x48:r=10:d=1 "
        "-f lavfi -i sine=frequency=300:duration=1 " +
        more + " -pix_fmt yuv444p " + kH264 + "-c:a aac " + name);
  }
};

cv::Scalar mean_of(const std::string& path) {
  const FramesRead read = read_frames(path);
  REQUIRE_FALSE(read.frames.empty());
  cv::Scalar mean;
  for (const VideoFrame& frame : read.frames) {
    mean += cv::mean(frame.rgb);
  }
  return mean / static_cast<double>(read.frames.size());
}

}  // namespace

TEST_CASE("a video is drawn, and its sound and times stay", "[video]") {
  const VideoFixture fixture;
  fixture.clips.ffmpeg(std::string(kMoving) + "-f lavfi -i sine=frequency=300:duration=2 " + kH264 +
                       "-c:a aac -metadata title='Zwei Wörter' clip.mp4");
  const std::string clip = fixture.clips / "clip.mp4";
  const std::string drawn = fixture.clips / "clip.negative.mp4";
  const Finished run = fixture.video({"clip.mp4", "--json"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.err, Contains("clip.mp4: 192x108, h264, 25 frames a second, 0:02") &&
                          Contains("clip.mp4 -> clip.negative.mp4  192x108, 50 frames"));
  CHECK(times(drawn) == times(clip));
  CHECK(packet_hashes(drawn, 1) == packet_hashes(clip, 1));
  CHECK(ffprobe(drawn, "-show_format").at("format").at("tags").at("title") == "Zwei Wörter");
  const std::vector<nlohmann::json> lines = json_lines(run);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at("status") == "done");
  CHECK(lines[0].at("width") == 192);
  CHECK(lines[1].at("summary").at("done") == 1);
  // Nothing else is left.
  CHECK(fixture.clips.names() == std::vector<std::string>{"clip.mp4", "clip.negative.mp4"});
}

TEST_CASE("every frame of a video is drawn", "[video]") {
  const VideoFixture fixture;
  fixture.flat("clip.mkv");
  REQUIRE(fixture
              .run({"clip.mkv", "-o", "out.mkv", "--pix-fmt", "yuv444p"},
                   {.folder = fixture.clips.path().string()})
              .code == 0);  // by the shortcut
  const cv::Scalar before = mean_of(fixture.clips / "clip.mkv");
  const cv::Scalar after = mean_of(fixture.clips / "out.mkv");
  for (int channel = 0; channel < 3; ++channel) {
    CHECK(after[channel] == Approx(255.0 - before[channel]).margin(2.5));
  }
  CHECK(read_frames(fixture.clips / "out.mkv").frames.size() == 10);
}

TEST_CASE("the output's ending chooses the container, and what it cannot hold is named",
          "[video]") {
  const VideoFixture fixture;
  write_file(fixture.clips / "words.srt", "1\n00:00:00,100 --> 00:00:00,900\nWords\n");
  fixture.flat("clip.mkv", "-i words.srt -map 0 -map 1 -map 2 -c:s srt");
  Finished run = fixture.video({"clip.mkv", "-o", "drawn/out.mp4"});
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("drawn/out.mp4: without subtitle stream 2 (subrip)") &&
                          Contains("--convert encodes it anew"));
  CHECK(streams(fixture.clips / "drawn/out.mp4").size() == 2);
  run = fixture.video({"clip.mkv", "-o", "converted.mp4", "--convert"});
  CHECK(run.code == 0);
  CHECK(run.err.find("without") == std::string::npos);
  CHECK(streams(fixture.clips / "converted.mp4")[2].at("codec_name") == "mov_text");
  run = fixture.video({"clip.mkv", "-o", "drawn/"});
  CHECK(run.code == 0);
  CHECK(packet_hashes(fixture.clips / "drawn/clip.negative.mkv", 2) ==
        packet_hashes(fixture.clips / "clip.mkv", 2));
  run = fixture.video({"clip.mkv", "-o", "out.xyz"});
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("xyz") && Contains("mp4"));
}

TEST_CASE("endings in capitals are kept", "[video]") {
  const VideoFixture fixture;
  fixture.flat("CLIP.MP4");
  CHECK(fixture.run({"CLIP.MP4"}, {.folder = fixture.clips.path().string()}).code == 0);
  CHECK(times(fixture.clips / "CLIP.negative.MP4").size() == 10);
}

TEST_CASE("faceless frames of a face style have the size of the others", "[video]") {
  REQUIRE(have_ffmpeg());
  const FaceCliFixture fixture;
  const VideoDir clips;
  clips.ffmpeg("-f lavfi -i color=gray:s=128x96:r=5:d=1 " + std::string(kH264) + "gray.mp4");
  const Finished run =
      fixture.draw(clips / "gray.mp4", "turn",
                   {"-o", clips / "out.mp4", "--faces", "all", "--compare", "--max-size", "64"});
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(streams(clips / "out.mp4")[0].at("width") == 64);
  CHECK(streams(clips / "out.mp4")[0].at("height") == 24);
}

TEST_CASE("a part of a video begins at zero", "[video]") {
  const VideoFixture fixture;
  fixture.clips.ffmpeg(std::string(kMoving) + kH264 + "clip.mp4");
  const Finished run =
      fixture.video({"clip.mp4", "--start", "0.5", "--duration", "1", "-o", "part.mp4"});
  INFO(run.err);
  CHECK(run.code == 0);
  const std::vector<std::string> parts = seconds(fixture.clips / "part.mp4");
  REQUIRE(parts.size() == 25);
  CHECK(std::stod(parts.front()) == Approx(0.0).margin(0.021));
}

TEST_CASE("size and comparison change the picture's size alone", "[video]") {
  const VideoFixture fixture;
  fixture.flat("clip.mp4");
  CHECK(fixture.video({"clip.mp4", "--compare", "-o", "both.mp4"}).code == 0);
  CHECK(streams(fixture.clips / "both.mp4")[0].at("width") == 128);
  CHECK(fixture.video({"clip.mp4", "--max-size", "32", "-o", "small.mp4"}).code == 0);
  CHECK(streams(fixture.clips / "small.mp4")[0].at("width") == 32);
  CHECK(streams(fixture.clips / "small.mp4")[0].at("height") == 24);
  CHECK(times(fixture.clips / "small.mp4") == times(fixture.clips / "clip.mp4"));
  // What is made smaller is even, for players that know no other H.264.
  CHECK(fixture.video({"clip.mp4", "--max-size", "43", "-o", "odd.mp4"}).code == 0);
  CHECK(streams(fixture.clips / "odd.mp4")[0].at("width") == 42);
  CHECK(streams(fixture.clips / "odd.mp4")[0].at("height") == 32);
  CHECK(streams(fixture.clips / "odd.mp4")[0].at("pix_fmt") == "yuv420p");
}

TEST_CASE("encoder options reach the encoder", "[video]") {
  const VideoFixture fixture;
  fixture.clips.ffmpeg(std::string(kMoving) + kH264 + "clip.mp4");
  const auto size_at = [&](const std::string& crf) {
    REQUIRE(fixture.video({"clip.mp4", "-y", "--crf", crf, "--preset", "ultrafast"}).code == 0);
    return fs::file_size(fixture.clips / "clip.negative.mp4");
  };
  CHECK(size_at("40") < size_at("15") / 2);
  CHECK(size_at("0") > size_at("15"));
  // A rate that is asked for is not overruled by the usual quality.
  const auto size_with = [&](const std::string& option) {
    REQUIRE(fixture.video({"clip.mp4", "-y", "-e", option}).code == 0);
    return fs::file_size(fixture.clips / "clip.negative.mp4");
  };
  CHECK(size_with("qp=45") < size_with("qp=15") / 2);
  CHECK(size_with("x264-params=crf=45") < size_with("x264-params=crf=15") / 2);
  CHECK(fixture
            .video({"clip.mp4", "-o", "hevc.mkv", "--codec", "libx265", "--pix-fmt", "yuv420p10le",
                    "-e", "x265-params=log-level=none"})
            .code == 0);
  CHECK(streams(fixture.clips / "hevc.mkv")[0].at("pix_fmt") == "yuv420p10le");
  const std::vector<std::pair<Arguments, std::string>> wrong{
      {{"--codec", "none"}, "none"},       {{"-e", "no_such=1"}, "no_such"},
      {{"--pix-fmt", "purple"}, "purple"}, {{"-e", "novalue"}, "KEY=VALUE"},
      {{"--start", "nan"}, "--start"},     {{"--duration", "1e300"}, "--duration"},
      {{"--duration", "0"}, "--duration"}};
  for (const auto& [options, named] : wrong) {
    Arguments arguments{"clip.mp4", "-o", "wrong.mp4"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished run = fixture.video(arguments);
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains(named));
    CHECK_FALSE(fs::exists(fixture.clips / "wrong.mp4"));
  }
}

TEST_CASE("a video that is there already follows the policy", "[video]") {
  const VideoFixture fixture;
  fixture.flat("clip.mp4");
  const std::string drawn = fixture.clips / "clip.negative.mp4";
  write_file(drawn, "precious");
  CHECK(fixture.video({"clip.mp4"}).code == 2);
  CHECK(fixture.video({"clip.mp4", "--on-exists", "skip"}).code == 0);
  CHECK(fixture.video({"clip.mp4", "--on-exists", "rename"}).code == 0);
  CHECK(read_file(drawn) == "precious");
  CHECK(times(fixture.clips / "clip.negative-1.mp4").size() == 10);
  CHECK(fixture.video({"clip.mp4", "-y"}).code == 0);
  CHECK(times(drawn).size() == 10);
  CHECK_THAT(fixture.video({"clip.mp4", "-o", "clip.mp4", "-y"}).err,
             Contains("would replace an input"));
}

TEST_CASE("bad videos get a clear error and cost the others nothing", "[video]") {
  const VideoFixture fixture;
  fixture.flat("good.mp4");
  write_file(fixture.clips / "empty.mp4", "");
  write_file(fixture.clips / "text.mp4", "this is no video\n");
  fixture.clips.ffmpeg("-f lavfi -i sine=duration=1 -c:a aac sound.mp4");
  const std::string whole = read_file(fixture.clips / "good.mp4");
  write_file(fixture.clips / "cut.mp4", whole.substr(0, whole.size() / 2));
  const Finished run = fixture.video(
      {"empty.mp4", "text.mp4", "sound.mp4", "cut.mp4", "missing.mp4", "good.mp4", "-o", "out/"});
  INFO(run.err);
  CHECK(run.code == 3);
  for (const char* name : {"empty.mp4", "text.mp4", "sound.mp4", "cut.mp4", "missing.mp4"}) {
    CHECK_THAT(run.err, Contains("error: " + std::string(name) + ": "));
  }
  CHECK_THAT(run.err,
             Contains("missing.mp4: no such file") && Contains("1 of 6 done, 0 skipped, 5 failed"));
  CHECK(fs::exists(fixture.clips / "out/good.negative.mp4"));
  CHECK(fixture.video({"empty.mp4"}).code == 1);
}

TEST_CASE("options that a video has no use for are refused", "[video]") {
  const VideoFixture fixture;
  fixture.flat("clip.mp4");
  save_picture(fixture.clips / "photo.png", fixture.pixels);
  const std::vector<std::pair<Arguments, std::string>> wrong{
      {{"clip.mp4", "-f", "png"}, "is for pictures"},
      {{"clip.mp4", "-j", "1:1:1"}, "is for pictures"},
      {{"clip.mp4", "--gallery", "x.html"}, "is for folders"},
      {{"photo.png", "--crf", "20"}, "is for videos"},
      {{"photo.png", "clip.mp4"}, "pictures and videos together"},
      {{"video", "clip.mp4", "--on-no-face", "skip"}, "keeps all its frames"},
      {{"video", "-", "-o", "x.mp4"}, "pipes"}};
  for (const auto& [arguments, reason] : wrong) {
    const Finished run = fixture.run(arguments, {.folder = fixture.clips.path().string()});
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains(reason));
  }
}

TEST_CASE("faces of a video are drawn, and frames without one stay", "[video]") {
  REQUIRE(have_ffmpeg());
  const FaceCliFixture fixture;
  const VideoDir clips;
  clips.ffmpeg("-loop 1 -framerate 5 -t 1 -i " STYLIZE_SOURCE_DIR
               "/docs/astronaut.jpg -f lavfi -i color=gray:s=512x512:r=5:d=1 -filter_complex "
               "'[0]format=yuv444p,setsar=1[a];[1]format=yuv444p,setsar=1[b];[a][b]concat' "
               "-c:v libx264 -qp 0 face.mkv");
  const Finished run = fixture.draw(
      clips / "face.mkv", "turn",
      {"-o", clips / "out.mkv", "--faces", "all", "--pix-fmt", "yuv444p", "--crf", "1"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const FramesRead before = read_frames(clips / "face.mkv");
  const FramesRead after = read_frames(clips / "out.mkv");
  REQUIRE(after.frames.size() == 10);
  CHECK(max_difference(after.frames[0].rgb, before.frames[0].rgb) > 100.0);
  CHECK(max_difference(after.frames[8].rgb, before.frames[8].rgb) < 5.0);
}
