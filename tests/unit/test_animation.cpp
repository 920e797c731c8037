// Videos that become animated pictures.
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "log_catcher.h"
#include "pictures.h"
#include "process.h"
#include "src/media/animation_writer.h"
#include "stylize/core/error.h"
#include "stylize/media/video_writer.h"
#include "video_clips.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

// What a file says of itself, read by libvips and ffprobe.
struct AnimationRead {
  cv::Size size;
  std::vector<int> delays;  // milliseconds, one a picture
  int loop = -1;            // 0: for ever
};

bool is_png(const std::string& path) { return path.find("png") != std::string::npos; }

AnimationRead facts_of_png(const std::string& path) {
  AnimationRead read;
  const nlohmann::json found = ffprobe(path, "-show_streams -show_packets");
  read.size = {found.at("streams")[0].at("width"), found.at("streams")[0].at("height")};
  for (const nlohmann::json& packet : found.at("packets")) {
    const double seconds = std::stod(packet.at("duration_time").get<std::string>());
    read.delays.push_back(static_cast<int>(std::lround(seconds * 1000)));
  }
  const std::string bytes = read_file(path);
  const std::size_t control = bytes.find("acTL");
  REQUIRE(control != std::string::npos);
  read.loop = static_cast<unsigned char>(bytes.at(control + 11));
  CHECK(static_cast<unsigned char>(bytes.at(control + 7)) == read.delays.size());
  return read;
}

AnimationRead facts_of(const std::string& path) {
  if (is_png(path)) {
    return facts_of_png(path);
  }
  const vips::VImage image =
      vips::VImage::new_from_file(path.c_str(), vips::VImage::option()->set("n", -1));
  AnimationRead read;
  const int pages = image.get_int(VIPS_META_N_PAGES);
  read.size = {image.width(), image.height() / pages};
  read.delays = image.get_array_int("delay");
  read.loop = image.get_int("loop");
  CHECK(static_cast<int>(read.delays.size()) == pages);
  return read;
}

// As viewers show them.
std::vector<cv::Mat> pictures_of(const VideoDir& dir, const std::string& name) {
  const cv::Size size = facts_of(dir / name).size;
  std::string bytes;
  if (name.ends_with("webp")) {
    const vips::VImage image =
        vips::VImage::new_from_file((dir / name).c_str(), vips::VImage::option()->set("n", -1))
            .extract_band(0, vips::VImage::option()->set("n", 3));
    std::size_t count = 0;
    void* memory = image.write_to_memory(&count);
    bytes.assign(static_cast<const char*>(memory), count);
    g_free(memory);
  } else {
    dir.ffmpeg("-i " + name + " -vsync passthrough -f rawvideo -pix_fmt rgb24 pictures.rgb");
    bytes = read_file(dir / "pictures.rgb");
    fs::remove(dir / "pictures.rgb");
  }
  std::vector<cv::Mat> pictures;
  const auto one = static_cast<std::size_t>(size.area()) * 3;
  for (std::size_t begin = 0; begin + one <= bytes.size(); begin += one) {
    cv::Mat picture(size, CV_8UC3);
    std::memcpy(picture.data, bytes.data() + begin, one);
    pictures.push_back(picture);
  }
  return pictures;
}

std::string failure(const std::string& from, const std::string& to,
                    const VideoWriteOptions& write = {}) {
  try {
    copy_video(from, to, write);
  } catch (const Error& error) {
    return std::string(error_code_name(error.code())) + " " + error.what();
  }
  return "none";
}

// An animation of noise, which takes room, in `folder`.
void write_noise(const std::string& folder, const std::string& ending) {
  const Animation animation{.size = {64, 48}, .shown = {{0, 100}, {1, 100}, {2, 100}}};
  const auto next = [&] {
    cv::Mat noise(animation.size, CV_8UC3);
    cv::randu(noise, 0, 256);
    return noise;
  };
  const fs::path output = fs::path(folder) / ("out" + ending);
  write_animation(output, folder, container_for(output), animation, next, Overwrite::kNo);
}

}  // namespace

TEST_CASE("a clip becomes an animation of its frames that goes round for ever", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  write_file(dir / "notes", ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=400\n");
  dir.ffmpeg(kMoving +
             std::string("-f lavfi -i sine=d=0.5 -i notes -map 0 -map 1 "
                         "-map_metadata 2 -frames:v 12 ") +
             kH264 + "-c:a aac clip.mp4");
  const std::vector<VideoFrame> frames = read_frames(dir / "clip.mp4").frames;
  const std::string ending = GENERATE("gif", "webp", "png", "apng", "GIF");
  CAPTURE(ending);
  const std::string name = "out." + ending;
  const Copied copied = copy_video(dir / "clip.mp4", dir / name, {}, {}, 5);
  if (ending != "GIF") {
    CHECK(copied.left_out ==
          std::vector<std::string>{"audio stream 1 (aac): " + ending + " cannot hold it",
                                   "its chapters: " + ending + " cannot hold them"});
  }
  const AnimationRead read = facts_of(dir / name);
  CHECK(read.size == cv::Size(192, 108));
  CHECK(read.delays == std::vector<int>(12, 40));
  CHECK(read.loop == 0);
  CHECK(dir.names() == std::vector<std::string>{"clip.mp4", "notes", name});
  const std::vector<cv::Mat> pictures = pictures_of(dir, name);
  REQUIRE(pictures.size() == 12);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    CAPTURE(i);
    CHECK(mean_difference(pictures[i], frames[i].rgb) <= (is_png(name) ? 0.0 : 4.0));
  }
}

TEST_CASE("flat colours of a tagged clip are within two levels in an animation", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  const std::array<cv::Vec3b, 4> colors{
      {{200, 50, 50}, {50, 200, 50}, {240, 220, 30}, {40, 60, 200}}};
  std::string inputs, chain;
  for (std::size_t i = 0; i < colors.size(); ++i) {
    inputs += cv::format("-f lavfi -i color=0x%02x%02x%02x:s=64x64:r=25:d=0.08,format=gbrp ",
                         colors[i][0], colors[i][1], colors[i][2]);
    chain += "[" + std::to_string(i) + "]";
  }
  const std::string range = GENERATE("tv", "pc");
  dir.ffmpeg(inputs + "-filter_complex '" + chain +
             "concat=n=4,scale=out_color_matrix=bt709:out_range=" + range +
             ":flags=accurate_rnd+full_chroma_inp,format=yuv444p' -colorspace bt709 -color_range " +
             range + " -c:v ffv1 patches.mkv");
  const std::string name = GENERATE("out.gif", "out.webp", "out.png");
  CAPTURE(range, name);
  copy_video(dir / "patches.mkv", dir / name);
  const std::vector<cv::Mat> pictures = pictures_of(dir, name);
  // WebP joins equal pictures.
  const std::size_t each = pictures.size() / colors.size();
  REQUIRE(each >= 1);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const cv::Vec3b& color = colors.at(i / each);
    const cv::Mat expected(64, 64, CV_8UC3, cv::Scalar(color[0], color[1], color[2]));
    CHECK(max_difference(pictures[i], expected) <= 2.0);
  }
}

TEST_CASE("an animation keeps the rhythm of a clip", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string("-vf \"select='not(mod(n,3))+lt(mod(n,7),2)'\" -vsync vfr ") +
             kH264 + "-video_track_timescale 90000 varying.mp4");
  const std::vector<std::string> times = seconds(dir / "varying.mp4");
  const std::string name = GENERATE("out.gif", "out.webp", "out.png");
  CAPTURE(name);
  const LogCatcher log;
  copy_video(dir / "varying.mp4", dir / name);
  const std::vector<int> delays = facts_of(dir / name).delays;
  REQUIRE(delays.size() == times.size());
  double time = 0.0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    CHECK(time == Approx(std::stod(times[i])).margin(name == "out.gif" ? 0.00501 : 0.000501));
    time += delays[i] / 1000.0;
  }
  CHECK_THAT(log.text(), !Contains("without"));
}

TEST_CASE("frames faster than viewers are left out and counted", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=60:d=1 " + std::string(kH264) + "fast.mp4");
  const LogCatcher log;
  copy_video(dir / "fast.mp4", dir / "out.gif");
  const std::vector<int> delays = facts_of(dir / "out.gif").delays;
  CHECK(delays.size() == 40);
  CHECK(std::accumulate(delays.begin(), delays.end(), 0) == 1000);
  CHECK_THAT(log.text(), Contains("out.gif: without 20 of 60 frames: viewers show no more than 50 "
                                  "a second of a gif"));
  copy_video(dir / "fast.mp4", dir / "out.webp");
  // WebP itself joins pictures that are as good as the same.
  const std::vector<int> finer = facts_of(dir / "out.webp").delays;
  CHECK(finer.size() > 30);
  CHECK(std::accumulate(finer.begin(), finer.end(), 0) == 1000);
  CHECK_THAT(log.text(), !Contains("out.webp: without"));
}

TEST_CASE("one frame and odd sizes make animations, too", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  const std::string name = GENERATE("out.gif", "out.webp", "out.png");
  const auto [size, frames] =
      GENERATE(table<std::string, int>({{"35x21", 3}, {"35x21", 1}, {"1x1", 1}, {"3x1", 2}}));
  CAPTURE(name, size, frames);
  dir.ffmpeg("-f lavfi -i testsrc2=s=320x240:r=10:d=1 -vf scale=" + size +
             ",setsar=1,format=gbrp -frames:v " + std::to_string(frames) + " -c:v ffv1 clip.mkv");
  copy_video(dir / "clip.mkv", dir / name);
  vips::VImage::new_from_file((dir / name).c_str());  // is a picture for who knows no animations
  const std::vector<VideoFrame> read = read_frames(dir / name).frames;
  REQUIRE(static_cast<int>(read.size()) == frames);
  CHECK(cv::format("%dx%d", read[0].rgb.cols, read[0].rgb.rows) == size);
}

TEST_CASE("pixels that are not square become so in an animation", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  const auto [aspect, size] =
      GENERATE(table<std::string, cv::Size>({{"2/1", {128, 48}}, {"1/2", {64, 96}}}));
  dir.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=10:d=0.3 -vf setsar=" + aspect + " " + kH264 +
             "wide.mp4");
  const std::string name = GENERATE("out.gif", "out.webp", "out.png");
  CAPTURE(name, aspect);
  copy_video(dir / "wide.mp4", dir / name);
  CHECK(facts_of(dir / name).size == size);
  if (name != "out.webp") {
    const nlohmann::json stream = streams(dir / name)[0];
    const std::string shown = stream.value("sample_aspect_ratio", std::string("1:1"));
    CHECK((shown == "1:1" || shown == "0:1"));
  }
}

TEST_CASE("a part of a turned clip becomes an animation", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg(kMoving + std::string(kH264) + "flat.mp4");
  dir.ffmpeg("-i flat.mp4 -c copy -metadata:s:v rotate=90 turned.mp4");
  copy_video(dir / "turned.mp4", dir / "out.gif", {}, {.start = 0.5, .duration = 0.4});
  const AnimationRead read = facts_of(dir / "out.gif");
  CHECK(read.size == cv::Size(108, 192));
  CHECK(read.delays == std::vector<int>(10, 40));
}

TEST_CASE("what an animation cannot be is an error, and says what helps", "[video]") {
  STYLIZE_NEEDS_FFMPEG();
  const VideoDir dir;
  dir.ffmpeg("-f lavfi -i color=s=16400x4:d=0.1:r=10,format=gbrp -c:v ffv1 wide.mkv");
  const std::string clip = dir / "wide.mkv";
  CHECK_THAT(failure(clip, dir / "out.webp"),
             Contains("usage ") && Contains("webp holds at most 16383 pixels a side") &&
                 Contains("--max-size"));
  CHECK(failure(clip, dir / "out.gif") == "none");
  fs::remove(dir / "out.gif");
  const VideoContainer gif = container_for("x.gif");
  CHECK_NOTHROW(check_animation_fits("x.gif", gif, {640, 1000}, 10000));
  CHECK_THROWS_WITH(check_animation_fits("x.gif", gif, {640, 1000}, 10001),
                    Contains("at most 10000 pictures of this size") && Contains("--duration"));
  CHECK_NOTHROW(check_animation_fits("x.png", container_for("x.png"), {640, 1000}, 10001));
  const std::vector<std::pair<std::string, VideoWriteOptions>> refused{
      {"--codec", {.codec = "gif"}},
      {"--crf", {.crf = 20}},
      {"--preset", {.preset = "slow"}},
      {"--pix-fmt", {.pixel_format = "rgb8"}},
      {"-e", {.extra = {{"loop", "0"}}}}};
  for (const auto& [named, options] : refused) {
    CHECK_THAT(failure(clip, dir / "out.gif", options), Contains("usage " + named + ": "));
    CHECK_THROWS_WITH(check_write_options(dir / "out.gif", options), Contains(named + ": "));
    CHECK_NOTHROW(check_write_options(dir / "out.mp4", options));
  }
  write_file(dir / "there.gif", "old");
  CHECK_THAT(failure(clip, dir / "there.gif"), Contains("output-exists "));
  CHECK(read_file(dir / "there.gif") == "old");
  CHECK_THAT(failure(clip, "/proc/out.png"), Contains("output-unwritable /proc/out.png"));
  CHECK(dir.names() == std::vector<std::string>{"there.gif", "wide.mkv"});
}

TEST_CASE("an animation that is stopped or fails leaves nothing", "[video]") {
  const VideoDir dir;
  const std::string name = GENERATE("out.gif", "out.webp", "out.png");
  CAPTURE(name);
  const Animation animation{.size = {64, 48}, .shown = {{0, 100}, {1, 100}, {2, 100}}};
  int asked = 0;
  const auto next = [&]() -> cv::Mat {
    if (++asked == 2) {
      throw Error(ErrorCode::kInterrupted, name, "stopped");
    }
    return cv::Mat::zeros(animation.size, CV_8UC3);
  };
  CHECK_THROWS_WITH(
      write_animation(dir / name, dir.path(), container_for(name), animation, next, Overwrite::kNo),
      Contains("stopped"));
  CHECK(asked == 2);
  CHECK(dir.names().empty());
}

// Run by the test below in a process whose disk is full.
TEST_CASE("an animation for a full disk", "[.animation_full_disk]") {
  const char* folder = std::getenv("STYLIZE_TEST_FOLDER");
  REQUIRE(folder != nullptr);
  for (const char* ending : {".gif", ".webp", ".png"}) {
    try {
      write_noise(folder, ending);
      FAIL("it was written");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kDiskFull);
    }
  }
}

#ifndef __SANITIZE_ADDRESS__  // which does not start behind a preloaded library
TEST_CASE("an animation on a full disk is said to be", "[video]") {
  const VideoDir dir;
  std::string command = "STYLIZE_TEST_FOLDER='" + dir.path().string() + "' ";
  for (const auto& [key, text] : full_disk_after(GENERATE(0, 2000))) {
    command.append(key).append("='").append(text).append("' ");
  }
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  command += "'" + self + "' '[.animation_full_disk]' >/dev/null";
  CHECK(std::system(command.c_str()) == 0);
  CHECK(dir.names().empty());
}
#endif

TEST_CASE("there is room for noise where the disk is not full", "[video]") {
  const VideoDir dir;
  write_noise(dir.path().string(), ".gif");
  CHECK(dir.names() == std::vector<std::string>{"out.gif"});
}
