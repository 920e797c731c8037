#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>

#include "log_catcher.h"
#include "src/media/disk_space.h"
#include "src/media/video_encoder.h"
#include "stylize/core/error.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

std::string failure(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error_code_name(error.code())) + " " + error.what();
  }
  return "none";
}

std::string failure_of_check(const VideoReader& source, const std::string& output,
                             const VideoWriteOptions& options) {
  return failure([&] { check_video_output(output, source, options); });
}

}  // namespace

TEST_CASE("what cannot be written is found out before a frame is read", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "clip.mp4");
  VideoReader source(dir / "clip.mp4");
  const std::string out = dir / "out.mp4";
  const auto check = [&](const std::string& output, const VideoWriteOptions& options) {
    return failure_of_check(source, output, options);
  };
  CHECK(check(out, {}) == "none");
  CHECK(check(dir / "out.webm", {}) == "none");
  CHECK_THAT(check(dir / "out.xyz", {}), Contains("usage ") && Contains("mp4, m4v, mov"));
  CHECK_THAT(check(out, {.codec = "nope"}), Contains("usage nope: is no video encoder"));
  CHECK_THAT(check(out, {.codec = "prores_ks"}), Contains("mp4 cannot hold its video"));
  // Known only once its header is to be written.
  CHECK_THAT(check(dir / "out.ts", {.codec = "ffv1"}), Contains("ts cannot hold its video"));
  CHECK_THAT(check(out, {.pixel_format = "bla"}), Contains("usage bla: is no pixel"));
  CHECK_THAT(check(out, {.pixel_format = "rgb24"}), Contains("usage rgb24: "));
  CHECK_THAT(check(out, {.extra = {{"colour", "1"}}}), Contains("usage colour: is no option"));
  CHECK_THAT(check(out, {.extra = {{"aq-mode", "many"}}}), Contains("usage libx264: "));
  CHECK_THAT(check(out, {.preset = "quick"}), Contains("usage libx264: "));
  CHECK_THAT(check(out, {.size = {40000, 40000}}), Contains("usage libx264: "));
  // It left the reader where it was, and nothing behind.
  CHECK(source.next_frame()->pts == 0);
  CHECK(dir.names() == std::vector<std::string>{"clip.mp4"});
}

TEST_CASE("the price of an odd size is said once, for the size that is drawn", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "clip.mp4");
  const VideoReader source(dir / "clip.mp4");
  const LogCatcher log;
  check_video_output(dir / "out.mp4", source, {});
  CHECK_THAT(log.text(), !Contains("odd"));
  check_video_output(dir / "out.mp4", source, {.size = {96, 53}});
  CHECK_THAT(log.text(), Contains("an odd width or height needs yuv444p"));
}

TEST_CASE("a video for which there is no room is refused, with the numbers", "[video]") {
  const TempDir dir;
  const std::string out = dir / "to be made/out.mp4";
  constexpr std::uintmax_t kTooMuch = std::numeric_limits<std::uintmax_t>::max() / 2;
  CHECK(failure([&] { check_space(out, 1); }) == "none");
  CHECK_THAT(failure([&] { check_space(out, kTooMuch); }),
             Contains("disk-full " + out + ": drawing it takes at least") &&
                 Contains("are free on that disk (free some space, or choose another"));
  CHECK_THAT(failure([&] { check_space("out.mp4", kTooMuch); }), Contains("disk-full out.mp4"));
}

TEST_CASE("the room that a video needs is reckoned from its frames and sound", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg("-f lavfi -i testsrc2=s=640x480:r=25:d=4 -f lavfi -i sine=d=4 " + std::string(kH264) +
             "-c:a pcm_s16le -ar 48000 clip.mkv");
  const VideoReader source(dir / "clip.mkv");
  CHECK(copied_bytes(source.source()) == Approx(2.0 * 48000 * 4).epsilon(0.02));
  AVCodecContext encoder{};
  encoder.width = 640;
  encoder.height = 480;
  encoder.codec_id = AV_CODEC_ID_H264;
  const std::uintmax_t lossy = drawn_bytes(source.info().frames, encoder);
  encoder.codec_id = AV_CODEC_ID_FFV1;
  const std::uintmax_t lossless = drawn_bytes(source.info().frames, encoder);
  constexpr std::uintmax_t kPixels = std::uintmax_t{640} * 480 * 100;
  CHECK(lossy > kPixels / 4000);
  CHECK(lossy < kPixels / 800);
  CHECK(lossless > kPixels / 4);
  CHECK(failure([&] { check_free_space(dir / "out.mp4", source, {}); }) == "none");
  VideoWriteOptions slower;
  slower.frame_rate = Ratio{5, 1};
  CHECK(expected_frames(source.info(), {}) == 100);
  CHECK(expected_frames(source.info(), slower) == 20);
}
