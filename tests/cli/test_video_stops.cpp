// `stylize video` that is stopped, and goes on.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "cli_fixture.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

// A clip of more than two segments with sound, and what an uninterrupted run makes of it. With
// Motion JPEG: under load x264 encodes the same frames to other bytes once in some hundred runs.
struct StoppedVideoFixture : CliFixture {
  VideoDir clips;
  std::string whole;

  StoppedVideoFixture() {
    REQUIRE(have_ffmpeg());
    clips.ffmpeg(
        std::string("-f lavfi -i testsrc2=s=64x48:r=25:d=12 -f lavfi -i sine=duration=12 ") +
        kH264 + "-c:a aac clip.mp4");
    REQUIRE(video({"-o", "whole.mov"}).code == 0);
    whole = read_file(clips / "whole.mov");
  }

  [[nodiscard]] Arguments command(const Arguments& more) const {
    Arguments arguments{"video", "clip.mp4", "-t",    "1",         "--style",
                        style,   "--codec",  "mjpeg", "--pix-fmt", "yuvj420p"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  [[nodiscard]] Finished video(const Arguments& more, RunSettings settings = {}) const {
    settings.folder = clips.path().string();
    return run_plain(command(more), settings);
  }

  [[nodiscard]] fs::path segment(int number) const {
    return clips.path() / ".out.mov.stylize" / ("00000" + std::to_string(number) + ".segment");
  }

  // Everything is there and nothing else.
  void check_complete() const {
    const bool is_whole = read_file(clips / "out.mov") == whole;  // not to be printed
    CHECK(is_whole);
    CHECK(clips.names() == std::vector<std::string>{"clip.mp4", "out.mov", "whole.mov"});
  }
};

}  // namespace

TEST_CASE("Ctrl-C keeps finished segments, and --resume goes on after them", "[video_stops]") {
  const StoppedVideoFixture fixture;
  {
    RunningStylize run(
        fixture.command({"-o", "out.mov"}),
        {.environment = same_on_all_machines(), .folder = fixture.clips.path().string()});
    while (!fs::exists(fixture.segment(0))) {
      std::this_thread::yield();
    }
    run.send_signal(SIGINT);
    const Finished finished = run.wait();
    INFO(finished.err);
    CHECK(finished.code == 130);
    CHECK_THAT(finished.err, Contains("drawn frames are kept (the same command with --resume"));
  }
  CHECK_FALSE(fs::exists(fixture.clips / "out.mov"));
  // Not lost unasked, and not mixed with other pictures.
  const Finished refused = fixture.video({"-o", "out.mov"});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("--resume goes on, -y starts anew"));
  CHECK_THAT(fixture.video({"-o", "out.mov", "--resume", "--temporal", "off"}).err,
             Contains("other options"));
  REQUIRE(fs::exists(fixture.segment(0)));
  SECTION("goes on") {
    const Finished run = fixture.video({"-o", "out.mov", "--resume"});
    CHECK(run.code == 0);
    CHECK_THAT(run.err, Contains("goes on after"));
  }
  SECTION("starts anew") {
    const Finished run = fixture.video({"-o", "out.mov", "-y"});
    CHECK(run.code == 0);
    CHECK_THAT(run.err, !Contains("goes on after"));
  }
  fixture.check_complete();
}

TEST_CASE("a video run killed before any step of writing loses one segment at most",
          "[video_stops]") {
#if defined(__SANITIZE_ADDRESS__)
  WARN("skipped: AddressSanitizer does not allow a preloaded library");
#else
  const StoppedVideoFixture fixture;
  int steps = 0;
  for (bool killed = true; killed; ++steps) {
    const int code = fixture.video({"-o", "out.mov"}, {.environment = killed_at_step(steps)}).code;
    killed = code == 128 + SIGKILL;
    CAPTURE(steps, code);
    REQUIRE((killed || code == 0));
    if (!fs::exists(fixture.clips / "out.mov")) {
      CHECK(fixture.video({"-o", "out.mov", "--resume"}).code == 0);
      fixture.check_complete();
    }
    const bool is_whole = read_file(fixture.clips / "out.mov") == fixture.whole;
    CHECK(is_whole);
    fs::remove(fixture.clips / "out.mov");
    fs::remove_all(fixture.segment(0).parent_path());
  }
  CHECK(steps > 10);  // folder, key, three segments, the whole: each written, synced, named
#endif
}
