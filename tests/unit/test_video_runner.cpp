#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/pipeline/video_runner.h"

using namespace stylize;

namespace {

VideoFrame frame_of(int number) {
  VideoFrame frame;
  frame.rgb = cv::Mat(4, 6, CV_8UC3, cv::Scalar::all(number % 200));
  frame.pts = 10LL * number;
  return frame;
}

// Numbered frames, and what arrives at the other end.
struct NumberedVideo {
  int total = 50;
  int read = 0;
  std::vector<std::int64_t> times;
  std::vector<int> values;
  int fails_to_read_at = -1;
  int fails_to_write_at = -1;

  std::optional<VideoFrame> next() {
    if (read == total) {
      return std::nullopt;
    }
    if (read == fails_to_read_at) {
      throw Error(ErrorCode::kInputCorrupt, "clip", "read");
    }
    return frame_of(read++);
  }

  void put(const VideoFrame& frame) {
    if (frame.pts == 10LL * fails_to_write_at) {
      throw Error(ErrorCode::kDiskFull, "clip", "write");
    }
    times.push_back(frame.pts);
    values.push_back(frame.rgb.at<cv::Vec3b>(0, 0)[0]);
  }

  VideoSummary run(Stylizer& stylizer, const CancellationToken& cancellation = {}) {
    return run_video({[this] { return next(); },
                      [this](const VideoFrame& frame, const StyleMemory&) { put(frame); }},
                     stylizer, {}, cancellation, [](std::int64_t) {});
  }
};

std::unique_ptr<Stylizer> add_one() {
  return make_stylizer([](Image image) {
    image.rgb = cv::Mat(image.rgb + cv::Scalar::all(1));  // the input stays as it is
    return StyledPicture(std::move(image));
  });
}

ErrorCode failure(NumberedVideo& video, Stylizer& stylizer) {
  try {
    video.run(stylizer);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kUsage;
}

}  // namespace

TEST_CASE("frames keep their order and times", "[pipeline]") {
  NumberedVideo video;
  const VideoSummary summary = video.run(*add_one());
  CHECK(summary.frames == 50);
  CHECK_FALSE(summary.interrupted);
  REQUIRE(video.values.size() == 50);
  for (int number = 0; number < 50; ++number) {
    CHECK(video.times[static_cast<std::size_t>(number)] == 10LL * number);
    CHECK(video.values[static_cast<std::size_t>(number)] == number + 1);
  }
}

TEST_CASE("a frame that a style leaves alone comes out as it was", "[pipeline]") {
  const StyledPicture::Kind kind =
      GENERATE(StyledPicture::Kind::kUnchanged, StyledPicture::Kind::kNothing);
  const auto stylizer = make_stylizer([kind](Image image) {
    image.rgb = cv::Mat(image.rgb + cv::Scalar::all(1));  // the input stays as it is
    StyledPicture picture(std::move(image));
    picture.kind = kind;
    return picture;
  });
  NumberedVideo video;
  video.run(*stylizer);
  REQUIRE(video.values.size() == 50);
  CHECK(video.values[7] == 7);
}

TEST_CASE("frames that a style leaves alone come out at the size of the others", "[pipeline]") {
  const auto stylizer = make_stylizer([](Image image) {
    StyledPicture picture(std::move(image));
    picture.kind = StyledPicture::Kind::kUnchanged;
    return picture;
  });
  const VideoLook look =
      GENERATE(VideoLook{true, {}}, VideoLook{false, 3}, VideoLook{true, 6}, VideoLook{false, 100});
  cv::Size size;
  NumberedVideo video;
  run_video({[&] { return video.next(); },
             [&](const VideoFrame& frame, const StyleMemory&) { size = frame.rgb.size(); }},
            *stylizer, look, {}, [](std::int64_t) {});
  cv::Size expected(look.compare ? 12 : 6, 4);
  const int long_side = std::max(expected.width, expected.height);
  if (look.max_size && *look.max_size < long_side) {
    expected = {*look.max_size, expected.height * *look.max_size / long_side};
    expected.width -= expected.width % 2;  // smaller ones are even
    expected.height -= expected.height % 2;
  }
  CHECK(size == expected);
}

TEST_CASE("a frame that repeats the one before is written again and not drawn", "[pipeline]") {
  const bool moves = GENERATE(false, true);
  VideoLook look;
  if (moves) {
    look.position = [](std::int64_t pts) { return static_cast<double>(pts) / 500.0; };
  }
  int drawn = 0;
  const auto stylizer = make_stylizer([&drawn](Image image) {
    ++drawn;
    image.rgb = cv::Mat(image.rgb + cv::Scalar::all(1));
    StyledPicture picture(std::move(image));
    picture.faces.resize(1);
    return picture;
  });
  NumberedVideo video;
  const VideoSummary summary =
      run_video({[&]() -> std::optional<VideoFrame> {
                   std::optional<VideoFrame> frame = video.next();
                   if (frame && frame->pts % 30 != 0) {
                     frame->repeats = true;
                     frame->rgb = frame_of(static_cast<int>(frame->pts / 30 * 3)).rgb;
                   }
                   return frame;
                 },
                 [&](const VideoFrame& frame, const StyleMemory&) { video.put(frame); }},
                *stylizer, look, {}, [](std::int64_t) {});
  CHECK(drawn == (moves ? 50 : 17));
  CHECK(summary.frames == 50);
  CHECK(summary.unchanged == 0);
  REQUIRE(video.values.size() == 50);
  for (int number = 0; number < 50; ++number) {
    CHECK(video.times[static_cast<std::size_t>(number)] == 10LL * number);
    CHECK(video.values[static_cast<std::size_t>(number)] == number / 3 * 3 + 1);
  }
}

TEST_CASE("the first failure of any stage ends a video run", "[pipeline]") {
  NumberedVideo video;
  SECTION("reading") {
    video.fails_to_read_at = 20;
    CHECK(failure(video, *add_one()) == ErrorCode::kInputCorrupt);
  }
  SECTION("writing") {
    video.fails_to_write_at = 20;
    CHECK(failure(video, *add_one()) == ErrorCode::kDiskFull);
    CHECK(video.values.size() == 20);
  }
  SECTION("drawing") {
    int drawn = 0;
    const auto breaks = make_stylizer([&drawn](Image image) -> StyledPicture {
      if (drawn++ == 20) {
        throw Error(ErrorCode::kModelInvalid, "style", "draw");
      }
      return {std::move(image)};
    });
    CHECK(failure(video, *breaks) == ErrorCode::kModelInvalid);
  }
  CHECK(video.read < 40);  // few are read in vain
}

TEST_CASE("a video that is stopped ends at once", "[pipeline]") {
  NumberedVideo video;
  video.total = 100000;
  CancellationToken cancellation;
  std::atomic<int> drawn{0};
  const auto stylizer = make_stylizer([&](Image image) {
    if (++drawn == 30) {
      cancellation.cancel();
    }
    return StyledPicture(std::move(image));
  });
  const VideoSummary summary = video.run(*stylizer, cancellation);
  CHECK(summary.interrupted);
  CHECK(summary.frames <= 30);
  CHECK(video.read < 60);
}

TEST_CASE("memory for frames does not grow with the video", "[pipeline]") {
  NumberedVideo video;
  video.total = 3000;
  std::atomic<int> ahead{0};
  int most = 0;
  const auto stylizer = make_stylizer([](Image image) { return StyledPicture(std::move(image)); });
  run_video({[&] {
               ++ahead;
               return video.next();
             },
             [&](const VideoFrame&, const StyleMemory&) {
               most = std::max(most, static_cast<int>(ahead--));
             }},
            *stylizer, {}, {}, [](std::int64_t) {});
  CHECK(most <= 16);
}
