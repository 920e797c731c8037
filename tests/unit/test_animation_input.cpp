// Animated pictures that are read as videos.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/media/video_reader.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

// An animation of three pictures of 40 x 30, each of one colour (RGBA).
void save_animation(const std::string& path, const std::vector<cv::Scalar>& colors,
                    const std::vector<int>& delays) {
  std::vector<vips::VImage> pages;
  pages.reserve(colors.size());
  for (const cv::Scalar& color : colors) {
    pages.push_back(
        vips::VImage::black(40, 30)
            .new_from_image({color[0], color[1], color[2], color[3]})
            .cast(VIPS_FORMAT_UCHAR)
            .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB)));
  }
  vips::VImage image =
      vips::VImage::arrayjoin(pages, vips::VImage::option()->set("across", 1)).copy();
  image.set("page-height", 30);
  image.set("delay", delays);
  const bool is_webp = path.ends_with("webp");
  image.write_to_file(path.c_str(),
                      is_webp ? vips::VImage::option()->set("lossless", true) : nullptr);
}

double difference(const cv::Mat& picture, const cv::Scalar& color) {
  return max_difference(picture, cv::Mat(picture.size(), CV_8UC3, color));
}

}  // namespace

TEST_CASE("animated GIF and WebP are videos", "[video]") {
  const VideoDir dir;
  const std::string path = dir / GENERATE("clip.gif", "clip.webp");
  CAPTURE(path);
  save_animation(path, {{200, 10, 30, 255}, {20, 180, 40, 255}, {30, 60, 220, 255}}, {50, 120, 80});
  VideoReader reader(path);
  const VideoInfo& info = reader.info();
  CHECK(info.size == cv::Size(40, 30));
  CHECK(info.codec == (path.ends_with("gif") ? "gif" : "webp"));
  CHECK(info.duration == Approx(0.25).margin(0.02));
  const std::vector<VideoFrame> frames = read_frames(path).frames;
  REQUIRE(frames.size() == 3);
  const std::vector<double> times{0.0, 0.05, 0.17};
  const std::vector<cv::Scalar> colors{{200, 10, 30}, {20, 180, 40}, {30, 60, 220}};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(static_cast<double>(frames[i].pts) * info.time_base.value() == Approx(times[i]));
    CHECK(difference(frames[i].rgb, colors[i]) <= 1.0);
  }
  CHECK(static_cast<double>(frames[2].duration) * info.time_base.value() == Approx(0.08));
}

TEST_CASE("what is see-through in an animation shows white paper", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  save_animation(dir / "clip.gif", {{0, 0, 0, 0}, {200, 10, 30, 255}}, {50, 50});
  save_animation(dir / "clip.webp", {{0, 0, 0, 128}, {200, 10, 30, 255}}, {50, 50});
  dir.ffmpeg("-f lavfi -i color=black@0.5:s=40x30:r=10:d=0.2,format=rgba -f apng clip.png");
  CHECK(difference(read_frames(dir / "clip.gif").frames.at(0).rgb, cv::Scalar::all(255)) <= 1.0);
  CHECK(difference(read_frames(dir / "clip.gif").frames.at(1).rgb, {200, 10, 30}) <= 1.0);
  CHECK(difference(read_frames(dir / "clip.webp").frames.at(0).rgb, cv::Scalar::all(127)) <= 1.0);
  CHECK(difference(read_frames(dir / "clip.png").frames.at(0).rgb, cv::Scalar::all(128)) <= 2.0);
}

TEST_CASE("a part of an animated WebP can be read", "[video]") {
  const VideoDir dir;
  // Shorter than viewers show: a tenth of a second.
  save_animation(dir / "clip.webp", {{1, 1, 1, 255}, {90, 90, 90, 255}, {180, 180, 180, 255}},
                 {5, 100, 100});
  const std::vector<VideoFrame> frames =
      read_frames(dir / "clip.webp", {.start = 0.1, .duration = 0.1}).frames;
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].pts == 0);
  CHECK(difference(frames[0].rgb, cv::Scalar::all(90)) <= 1.0);
  VideoReader reader(dir / "clip.webp");
  reader.skip_frames(2);
  CHECK(reader.next_frame()->pts == 200);
  CHECK_FALSE(reader.next_frame());
  VideoReader others(dir / "clip.webp");
  CHECK_FALSE(others.next_packet());
}

TEST_CASE("a cut off animated WebP gives an error, or the frames that are there", "[video]") {
  const VideoDir dir;
  save_animation(dir / "clip.webp", {{1, 1, 1, 255}, {90, 90, 90, 255}, {180, 180, 180, 255}},
                 {50, 50, 50});
  const std::string whole = read_file(dir / "clip.webp");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    write_file(dir / "cut.webp", whole.substr(0, size));
    try {
      const std::size_t frames = read_frames(dir / "cut.webp").frames.size();
      CHECK(frames <= 3);
    } catch (const Error& error) {
      CHECK_THAT(error.what(), Contains("cut.webp"));
    }
  }
}
