// Streams that a container cannot hold, encoded anew.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

struct SoundDir : VideoDir {
  // A second of silence, then two of a tone.
  void clip(const std::string& name, const std::string& sound) const {
    write_file(*this / "words.srt",
               "1\n00:00:00,500 --> 00:00:01,250\nHello\n\n"
               "2\n00:00:02,000 --> 00:00:02,750\nand <i>good</i> bye\n");
    ffmpeg(
        "-f lavfi -i testsrc2=s=64x48:r=25:d=3 -f lavfi -i "
        "\"aevalsrc='if(gte(t,1),0.5*sin(2*PI*440*t),0)':s=44100:d=3\" -i words.srt "
        "-map 0 -map 1 -map 2 " +
        std::string(kH264) + "-c:s srt -metadata:s:1 language=fra " + sound + " " + name);
  }

  // Where the tone begins, in seconds of what players play.
  [[nodiscard]] double onset(const std::string& name) const {
    ffmpeg("-i " + name + " -map 0:a -ac 1 -ar 8000 -f f32le sound.raw");
    const std::string bytes = read_file(*this / "sound.raw");
    std::vector<float> samples(bytes.size() / sizeof(float));
    std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (std::abs(samples[i]) > 0.2F) {
        return static_cast<double>(i) / 8000.0;
      }
    }
    return -1.0;
  }

  [[nodiscard]] std::string words(const std::string& name) const {
    ffmpeg("-copyts -i " + name + " -map 0:s -f srt out.srt");
    return read_file(*this / "out.srt");
  }
};

Copied convert(const SoundDir& dir, const std::string& output) {
  VideoWriteOptions write;
  write.converts = true;
  return copy_video(dir / "clip.mkv", dir / output, write);
}

std::string codec(const nlohmann::json& stream) { return stream.at("codec_name"); }

}  // namespace

TEST_CASE("sound and text become what the container holds, where it is asked for", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const SoundDir dir;
  struct Case {
    const char* sound;
    const char* output;
    const char* sound_becomes;
    const char* text_becomes;
  };
  const auto [sound, output, sound_becomes, text_becomes] =
      GENERATE(Case{"-c:a pcm_s16le", "out.mp4", "aac", "mov_text"},
               Case{"-c:a pcm_s16le -ac 6", "out.mp4", "aac", "mov_text"},
               Case{"-c:a aac", "out.webm", "opus", "webvtt"});
  INFO(sound << " " << output);
  dir.clip("clip.mkv", sound);
  const Copied copied = convert(dir, output);
  CHECK(copied.left_out.empty());
  const nlohmann::json found = streams(dir / output);
  REQUIRE(found.size() == 3);
  CHECK(codec(found[1]) == sound_becomes);
  CHECK(codec(found[2]) == text_becomes);
  CHECK(found[1].at("tags").at("language") == "fra");
  CHECK(found[1].at("channels") == streams(dir / "clip.mkv")[1].at("channels"));
  CHECK(dir.onset(output) == Approx(dir.onset("clip.mkv")).margin(0.005));
  CHECK_THAT(dir.words(output), Contains("Hello") && Contains("and <i>good</i> bye"));
  CHECK(dir.words(output) == dir.words("clip.mkv"));
}

TEST_CASE("without asking nothing is encoded anew", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const SoundDir dir;
  dir.clip("clip.mkv", "-c:a pcm_s16le");
  const Copied copied = copy_video(dir / "clip.mkv", dir / "out.mp4");
  CHECK(copied.left_out.size() == 2);
  CHECK(streams(dir / "out.mp4").size() == 1);
  // And what the container holds is copied in any case.
  convert(dir, "out.mkv");
  CHECK(packet_hashes(dir / "out.mkv", 1) == packet_hashes(dir / "clip.mkv", 1));
  CHECK(packet_hashes(dir / "out.mkv", 2) == packet_hashes(dir / "clip.mkv", 2));
}

TEST_CASE("sound that has no easy place in the container", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const SoundDir dir;
  struct Case {
    const char* sound;
    const char* output;
    std::size_t streams;
  };
  const auto [sound, output, kept] = GENERATE(
      Case{"-c:a pcm_s16le -ar 22050 -ac 2", "out.ts", 2},
      Case{"-c:a flac -ar 96000", "out.webm", 3},
      // Nobody knows what ten channels without names are.
      Case{"-filter:a \"pan=10C|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0|c6=c0|c7=c0|c8=c0|c9=c0\" "
           "-c:a pcm_s16le",
           "out.mp4", 2});
  INFO(sound << " " << output);
  dir.clip("clip.mkv", sound);
  const Copied copied = convert(dir, output);
  CHECK(streams(dir / output).size() == kept);
  CHECK(copied.left_out.size() == 3 - kept);
}

TEST_CASE("sound with a gap stays where it was", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const SoundDir dir;
  dir.clip("whole.mkv", "-c:a pcm_s16le");
  // Half a second of packets is missing.
  dir.ffmpeg(
      "-i whole.mkv -map 0:v -map 0:a -c:v copy -bsf:a "
      "\"noise=drop='gt(n,15)*lt(n,38)'\" -c:a copy clip.mkv");
  convert(dir, "out.mp4");
  dir.ffmpeg("-i out.mp4 -map 0:a -af aresample=async=1 -c:a pcm_s16le filled.wav");
  CHECK(dir.onset("filled.wav") == Approx(1.0).margin(0.03));
}
