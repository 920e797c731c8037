#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "pictures.h"
#include "src/pipeline/temporal_smoother.h"
#include "stylize/core/error.h"
#include "stylize/pipeline/frame_stylizer.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;

namespace {

// Smooth detail everywhere, larger than any window that is cut out of it.
const cv::Mat& scenery() {
  static const cv::Mat kPicture = [] {
    cv::Mat noise(240, 320, CV_8UC3);
    cv::RNG(7).fill(noise, cv::RNG::UNIFORM, 0, 256);
    cv::Mat smooth;
    cv::GaussianBlur(noise, smooth, {}, 4.0);
    cv::normalize(smooth, smooth, 20.0, 235.0, cv::NORM_MINMAX);
    return smooth;
  }();
  return kPicture;
}

// What a camera sees that moves by `step` pixels.
cv::Mat view(int step) { return scenery()(cv::Rect(20 + step, 20, 200, 160)).clone(); }

// A network that draws every other frame lighter.
cv::Mat flickering(const cv::Mat& input, int frame) {
  return input + cv::Scalar::all(frame % 2 == 0 ? 0.0 : 20.0);
}

// Away from the borders, where nothing is known of the past.
cv::Mat inside(const cv::Mat& picture) { return picture(cv::Rect(20, 20, 160, 120)); }

}  // namespace

TEST_CASE("over a still picture the drawing comes to rest", "[pipeline]") {
  TemporalSmoother smoother(0.5);
  const cv::Mat input = view(0);
  CHECK(max_difference(smoother.steady(input, flickering(input, 0)), flickering(input, 0)) == 0.0);
  const cv::Mat second = smoother.steady(input, flickering(input, 1));
  // Half of what is new, half of what was.
  CHECK(max_difference(second, input + cv::Scalar::all(10.0)) <= 1.0);
  const cv::Mat third = smoother.steady(input, flickering(input, 2));
  CHECK(max_difference(third, input + cv::Scalar::all(5.0)) <= 1.0);
}

TEST_CASE("the drawing follows what moves", "[pipeline]") {
  TemporalSmoother smoother(0.8);
  double alone = 0.0;
  double steady = 0.0;
  for (int frame = 0; frame < 10; ++frame) {
    const cv::Mat input = view(3 * frame);
    const cv::Mat drawn = flickering(input, frame);
    const cv::Mat result = smoother.steady(input, drawn);
    if (frame >= 4) {
      // Ten levels lighter is what both kinds of frames have in common.
      const cv::Mat level = input + cv::Scalar::all(10.0);
      alone += mean_difference(inside(drawn), inside(level));
      steady += mean_difference(inside(result), inside(level));
    }
  }
  CHECK(alone / 6 == Approx(10.0).margin(0.5));
  CHECK(steady < 0.4 * alone);
}

TEST_CASE("at a cut the drawing begins anew", "[pipeline]") {
  TemporalSmoother smoother(0.9);
  smoother.steady(view(0), view(0));
  const cv::Mat other = cv::Scalar::all(255) - view(40);
  CHECK(max_difference(smoother.steady(other, other), other) == 0.0);
}

TEST_CASE("what appears is drawn as it is", "[pipeline]") {
  TemporalSmoother smoother(0.9);
  smoother.steady(view(0), view(0));
  cv::Mat input = view(0);
  const cv::Rect place(60, 60, 40, 40);
  input(place).setTo(cv::Scalar(255, 0, 0));
  const cv::Mat drawn = flickering(input, 1);
  const cv::Mat result = smoother.steady(input, drawn);
  const cv::Rect middle(66, 66, 28, 28);
  CHECK(max_difference(result(middle), drawn(middle)) <= 2.0);
  CHECK(mean_difference(result(cv::Rect(120, 100, 40, 40)), drawn(cv::Rect(120, 100, 40, 40))) >
        10.0);  // and the rest rests
}

TEST_CASE("pictures of another size, and tiny ones, are taken as they are", "[pipeline]") {
  TemporalSmoother smoother(0.9);
  smoother.steady(view(0), view(0));
  const cv::Mat smaller = view(0)(cv::Rect(0, 0, 80, 80)).clone();
  CHECK(max_difference(smoother.steady(smaller, flickering(smaller, 1)), flickering(smaller, 1)) ==
        0.0);
  for (int side : {1, 7, 31}) {
    const cv::Mat tiny(side, side, CV_8UC3, cv::Scalar::all(90));
    smoother.steady(tiny, tiny);
    CHECK(max_difference(smoother.steady(tiny, flickering(tiny, 1)), flickering(tiny, 1)) == 0.0);
  }
}

namespace {

FrameStylizer steady_negative(const TempDir& dir) {
  save_negative_model(dir / "m.pt");
  FrameOptions options;
  options.steadiness = 0.7;
  return {FrameStyle(dir / "m.pt", Device{DeviceKind::kCpu, 0, {}}, Precision::kFp32), options};
}

// A noisy frame, so that each is drawn otherwise.
Image noisy(int frame) {
  Image image;
  cv::Mat noise(160, 200, CV_8UC3);
  cv::RNG(static_cast<std::uint64_t>(frame) + 1).fill(noise, cv::RNG::UNIFORM, 0, 12);
  image.rgb = view(frame) * 0.9 + noise;
  return image;
}

struct DrawnFrame {
  cv::Mat rgb;
  StyleMemory memory;
};

DrawnFrame draw(Stylizer& stylizer, int frame) {
  std::unique_ptr<Stylizer::Work> work = stylizer.prepare(noisy(frame));
  const std::array<Stylizer::Work*, 1> works{work.get()};
  stylizer.run(works);
  const StyleMemory memory = work->memory;
  return {stylizer.finish(std::move(work)).image.rgb, memory};
}

}  // namespace

TEST_CASE("a run that goes on draws what the first one would have drawn", "[pipeline]") {
  const TempDir dir;
  FrameStylizer whole = steady_negative(dir);
  std::vector<DrawnFrame> frames;
  frames.reserve(6);
  for (int frame = 0; frame < 6; ++frame) {
    frames.push_back(draw(whole, frame));
  }
  REQUIRE(frames[2].memory);
  FrameStylizer second = steady_negative(dir);
  second.recall(frames[2].memory());
  FrameStylizer forgetful = steady_negative(dir);
  CHECK(max_difference(draw(forgetful, 3).rgb, frames[3].rgb) > 0.0);  // it does matter
  for (int frame = 3; frame < 6; ++frame) {
    const auto number = static_cast<std::size_t>(frame);
    CHECK(max_difference(draw(second, frame).rgb, frames[number].rgb) == 0.0);
  }
}

TEST_CASE("what is no memory is refused", "[pipeline]") {
  const TempDir dir;
  FrameStylizer stylizer = steady_negative(dir);
  std::vector<std::byte> memory = draw(stylizer, 0).memory();
  memory.resize(memory.size() / 2);
  for (const std::vector<std::byte>& bytes : {std::vector<std::byte>(100, std::byte{7}), memory}) {
    try {
      stylizer.recall(bytes);
      FAIL("was taken");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kInputCorrupt);
    }
  }
}
