// `stylize video --fps`.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "cli_fixture.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

// A moving clip of two seconds at 25 frames a second, with sound.
struct RateFixture : CliFixture {
  VideoDir clips;

  RateFixture() {
    REQUIRE(have_ffmpeg());
    clips.ffmpeg(std::string(kMoving) + "-f lavfi -i sine=frequency=300:duration=2 " + kH264 +
                 "-c:a aac clip.mp4");
  }

  [[nodiscard]] Finished video(Arguments arguments, RunSettings settings = {}) const {
    arguments.insert(arguments.begin(), "video");
    settings.folder = clips.path().string();
    return run(arguments, settings);
  }
};

std::vector<double> moments(const std::string& path) {
  std::vector<double> result;
  for (const std::string& time : seconds(path)) {
    result.push_back(std::stod(time));
  }
  return result;
}

void check_steady(const std::string& path, std::size_t frames, double rate, double rounded) {
  const std::vector<double> times = moments(path);
  REQUIRE(times.size() == frames);
  for (std::size_t i = 0; i < frames; ++i) {
    REQUIRE(times[i] == Approx(static_cast<double>(i) / rate).margin(rounded));
  }
}

}  // namespace

TEST_CASE("--fps gives a video a constant rate, and its sound stays", "[video_rate]") {
  const RateFixture fixture;
  constexpr double kPrinted = 1e-6;  // ffprobe's digits
  const auto draw = [&](const std::string& fps, const std::string& name) {
    const Finished run = fixture.video({"clip.mp4", "--fps", fps, "-o", name, "--verbose"});
    INFO(run.err);
    REQUIRE(run.code == 0);
    CHECK(packet_hashes(fixture.clips / name, 1) == packet_hashes(fixture.clips / "clip.mp4", 1));
    return streams(fixture.clips / name)[0];
  };
  SECTION("lower") {
    const nlohmann::json stream = draw("12", "out.mp4");
    check_steady(fixture.clips / "out.mp4", 24, 12.0, kPrinted);
    CHECK(stream.at("avg_frame_rate") == "12/1");
    CHECK(stream.at("duration") == "2.000000");
  }
  SECTION("higher") {
    const nlohmann::json stream = draw("50", "out.mp4");
    check_steady(fixture.clips / "out.mp4", 100, 50.0, kPrinted);
    CHECK(stream.at("duration") == "2.000000");
  }
  SECTION("a fraction that the source's clock does not have") {
    const nlohmann::json stream = draw("30000/1001", "out.mp4");
    check_steady(fixture.clips / "out.mp4", 60, 30000.0 / 1001.0, kPrinted);
    CHECK(stream.at("avg_frame_rate") == "30000/1001");
  }
  SECTION("in milliseconds") {
    const nlohmann::json stream = draw("29.97", "out.mkv");
    check_steady(fixture.clips / "out.mkv", 60, 30000.0 / 1001.0, 0.00051);
    CHECK(stream.at("avg_frame_rate") == "30000/1001");
  }
}

TEST_CASE("each frame of --fps is what the video shows at its time", "[video_rate]") {
  const RateFixture fixture;
  // Brightness tells the time, 40 levels a frame of 200 ms; the third lasts three times as long.
  fixture.clips.ffmpeg(
      "-f lavfi -i color=black:s=32x32:r=5:d=1 -vf "
      "\"geq=lum='16+40*N':cb=128:cr=128,setpts='if(gt(N,2),N+2,N)/5/TB'\" -vsync vfr " +
      std::string(kH264) + "-video_track_timescale 1000 steps.mp4");
  const Finished run = fixture.video({"steps.mp4", "--fps", "10", "-o", "out.mkv"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const FramesRead before = read_frames(fixture.clips / "steps.mp4");
  const FramesRead after = read_frames(fixture.clips / "out.mkv");
  REQUIRE(before.frames.size() == 5);
  const std::vector<std::size_t> shown{0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 4, 4};
  REQUIRE(after.frames.size() == shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const double expected = 255.0 - cv::mean(before.frames[shown[i]].rgb)[0];
    CHECK(cv::mean(after.frames[i].rgb)[0] == Approx(expected).margin(3.0));
  }
}

TEST_CASE("a part of a video has the rate of --fps, too", "[video_rate]") {
  const RateFixture fixture;
  const Finished run = fixture.video(
      {"clip.mp4", "--start", "0.5", "--duration", "1", "--fps", "10", "-o", "part.mp4"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const std::vector<double> times = moments(fixture.clips / "part.mp4");
  REQUIRE(times.size() == 10);
  CHECK(times.back() - times.front() == Approx(0.9).margin(1e-6));
}

TEST_CASE("what is no rate is refused", "[video_rate]") {
  const RateFixture fixture;
  for (const char* rate : {"0", "-3", "abc", "24/0", "2000"}) {
    const Finished run = fixture.video({"clip.mp4", std::string("--fps=") + rate});
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains(std::string("--fps ") + rate));
  }
  const Finished picture = fixture.run({"photo.png", "--fps", "12"});
  CHECK(picture.code == 2);
  CHECK_THAT(picture.err, Contains("is for videos"));
}

TEST_CASE("a run with --fps goes on to the same video", "[video_rate]") {
#if defined(__SANITIZE_ADDRESS__)
  WARN("skipped: AddressSanitizer does not allow a preloaded library");
#else
  const RateFixture fixture;
  fixture.clips.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=10:d=12 " + std::string(kH264) + "long.mp4");
  const auto draw = [&](const std::string& output, const Arguments& more,
                        RunSettings settings = {}) {
    // Motion JPEG: the same bytes in every run. The 121st frame repeats the one before.
    Arguments arguments{"long.mp4", "-o",      output,  "--fps",     "29",      "-t",
                        "1",        "--codec", "mjpeg", "--pix-fmt", "yuvj420p"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return fixture.video(arguments, std::move(settings));
  };
  REQUIRE(draw("whole.mov", {}).code == 0);
  const fs::path first = fixture.clips.path() / ".out.mov.stylize" / "000000.segment";
  for (int step = 0; !fs::exists(first); ++step) {
    REQUIRE(draw("out.mov", {"--resume"}, {.environment = killed_at_step(step)}).code ==
            128 + SIGKILL);
  }
  const Finished other = draw("out.mov", {"--resume", "--fps", "28"});
  CHECK(other.code == 2);
  const Finished run = draw("out.mov", {"--resume"});
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("goes on after 120 frames"));
  const bool is_same =
      read_file(fixture.clips / "out.mov") == read_file(fixture.clips / "whole.mov");
  CHECK(is_same);
  CHECK(times(fixture.clips / "out.mov").size() == 348);
#endif
}
