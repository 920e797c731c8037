// `stylize video` to and from animated pictures.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli_fixture.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

// A short clip with sound.
struct AnimationFixture : CliFixture {
  VideoDir clips;

  AnimationFixture() {
    REQUIRE(have_ffmpeg());
    clips.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=10:d=0.6 -f lavfi -i sine=duration=0.6 " +
                 std::string(kH264) + "-c:a aac clip.mp4");
  }

  [[nodiscard]] Finished in_clips(const Arguments& arguments, RunSettings settings = {}) const {
    settings.folder = clips.path().string();
    return run(arguments, std::move(settings));
  }
};

// A picture's mean color.
cv::Scalar mean_of(const cv::Mat& rgb) { return cv::mean(rgb); }

}  // namespace

TEST_CASE("a clip is drawn into an animation with the bundled style", "[video_animation]") {
  const AnimationFixture fixture;
  const Finished run =
      fixture.run_plain({"video", "clip.mp4", "-o", "out.gif", "--work-size", "64", "--json"},
                        {.environment = {{"STYLIZE_MODELS_DIR", STYLIZE_SOURCE_DIR "/models"}},
                         .folder = fixture.clips.path().string()});
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.err, Contains("out.gif: without audio stream 1 (aac): gif cannot hold it") &&
                          Contains("clip.mp4 -> out.gif  64x48, 6 frames"));
  CHECK_THAT(run.out, Contains("\"status\":\"done\""));
  CHECK(seconds(fixture.clips / "out.gif") == seconds(fixture.clips / "clip.mp4"));
  CHECK(fixture.clips.names() == std::vector<std::string>{"clip.mp4", "out.gif"});
}

TEST_CASE("every frame of an animation is drawn, whatever it becomes", "[video_animation]") {
  const AnimationFixture fixture;
  const std::string ending = GENERATE("gif", "webp", "png", "apng");
  CAPTURE(ending);
  const std::string out = fixture.clips / ("out." + ending);
  REQUIRE(fixture.in_clips({"clip.mp4", "-o", "out." + ending}).code == 0);  // by the shortcut
  const std::vector<VideoFrame> before = read_frames(fixture.clips / "clip.mp4").frames;
  const std::vector<VideoFrame> after = read_frames(out).frames;
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const cv::Scalar was = mean_of(before[i].rgb);
    const cv::Scalar is = mean_of(after[i].rgb);
    for (int channel = 0; channel < 3; ++channel) {
      CHECK(is[channel] == Approx(255.0 - was[channel]).margin(2.0));
    }
  }
  // And again: its own ending is kept.
  const Finished again = fixture.in_clips({"video", "out." + ending});
  INFO(again.err);
  REQUIRE(again.code == 0);
  const std::vector<VideoFrame> back =
      read_frames(fixture.clips / ("out.negative." + ending)).frames;
  REQUIRE(back.size() == before.size());
  CHECK(cv::norm(mean_of(back[3].rgb) - mean_of(before[3].rgb)) < 5.0);
}

TEST_CASE("the shortcut takes an animated picture for a picture unless a video is wanted",
          "[video_animation]") {
  const AnimationFixture fixture;
  fixture.clips.ffmpeg("-i clip.mp4 -an clip.gif");
  Finished run = fixture.in_clips({"clip.gif"});
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("only the first is used (stylize video draws all of them)"));
  CHECK(read_frames(fixture.clips / "clip.negative.gif").frames.size() == 1);
  run = fixture.in_clips({"clip.gif", "-o", "moving.mp4"});
  CHECK(run.code == 0);
  CHECK(times(fixture.clips / "moving.mp4").size() == 6);
}

TEST_CASE("options of encoders are refused for animations before any work", "[video_animation]") {
  const AnimationFixture fixture;
  const std::vector<Arguments> wrong{{"--crf", "20"}, {"--codec", "libx264"}, {"-e", "loop=1"}};
  for (const Arguments& options : wrong) {
    Arguments arguments{"clip.mp4", "-o", "out.gif"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished run = fixture.in_clips(arguments);
    INFO(run.err);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains(options[0] + ": is for videos; it does nothing in a gif"));
    CHECK_THAT(run.err, !Contains("running on"));
  }
  CHECK(fixture.clips.names() == std::vector<std::string>{"clip.mp4"});
}

TEST_CASE("an animation run killed before any step of writing goes on", "[video_animation]") {
#if defined(__SANITIZE_ADDRESS__)
  WARN("skipped: AddressSanitizer does not allow a preloaded library");
#else
  const AnimationFixture fixture;
  const std::string name = GENERATE("out.gif", "out.png");
  const Arguments command{"video", "clip.mp4", "-t", "1", "-o", name};
  REQUIRE(fixture.in_clips(command).code == 0);
  const std::string whole = read_file(fixture.clips / name);
  fs::remove(fixture.clips / name);
  int steps = 0;
  for (bool killed = true; killed; ++steps) {
    const int code = fixture.in_clips(command, {.environment = killed_at_step(steps)}).code;
    killed = code == 128 + SIGKILL;
    CAPTURE(name, steps, code);
    REQUIRE((killed || code == 0));
    if (!fs::exists(fixture.clips / name)) {
      Arguments resume = command;
      resume.emplace_back("--resume");
      CHECK(fixture.in_clips(resume).code == 0);
      CHECK(fixture.clips.names() == std::vector<std::string>{"clip.mp4", name});
    }
    const bool is_whole = read_file(fixture.clips / name) == whole;
    CHECK(is_whole);
    fs::remove(fixture.clips / name);
    fs::remove_all(fixture.clips / ("." + name + ".stylize"));
  }
  CHECK(steps > 8);  // folder, key, the segment, the whole: each written, synced, named
#endif
}
