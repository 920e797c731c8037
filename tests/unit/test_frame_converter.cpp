#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "pictures.h"
#include "src/media/frame_converter.h"
#include "src/media/video_color.h"

using namespace stylize;

namespace {

struct Weights {
  AVColorSpace matrix;
  double red, blue;  // ITU-T H.273, table 4
};

constexpr std::array kMatrices{Weights{AVCOL_SPC_SMPTE170M, 0.299, 0.114},
                               Weights{AVCOL_SPC_BT709, 0.2126, 0.0722},
                               Weights{AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593}};

constexpr std::array<std::array<int, 3>, 8> kColors{{{200, 50, 50},
                                                     {50, 200, 50},
                                                     {50, 50, 200},
                                                     {255, 255, 255},
                                                     {0, 0, 0},
                                                     {240, 220, 30},
                                                     {255, 0, 0},
                                                     {0, 0, 255}}};

FramePtr make_frame(AVPixelFormat format, AVColorSpace matrix, AVColorRange range,
                    cv::Size size = {32, 16}) {
  FramePtr frame(av_frame_alloc());
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  frame->colorspace = matrix;
  frame->color_range = range;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
  return frame;
}

// Y', Cb, Cr in code values, from the standard's own formula (H.273, 8.3).
std::array<double, 3> coded(const std::array<int, 3>& rgb, const Weights& weights, bool full,
                            int bits) {
  const double r = rgb[0] / 255.0, g = rgb[1] / 255.0, b = rgb[2] / 255.0;
  const double y = weights.red * r + (1 - weights.red - weights.blue) * g + weights.blue * b;
  const double pb = 0.5 * (b - y) / (1 - weights.blue), pr = 0.5 * (r - y) / (1 - weights.red);
  const double unit = std::pow(2.0, bits - 8), most = std::pow(2.0, bits) - 1,
               half = std::pow(2.0, bits - 1);
  if (full) {
    return {most * y, most * pb + half, most * pr + half};
  }
  return {unit * (219 * y + 16), unit * (224 * pb + 128), unit * (224 * pr + 128)};
}

int sample(const AVFrame& frame, int plane, int bits) {
  const std::uint8_t* row = frame.data[plane] + std::ptrdiff_t{frame.linesize[plane]} * 2;
  return bits == 8 ? row[2] : reinterpret_cast<const std::uint16_t*>(row)[2];
}

double worst(const cv::Mat& rgb, const std::array<int, 3>& color) {
  const double unit = rgb.depth() == CV_16U ? 257.0 : 1.0;
  cv::Mat expected(rgb.size(), rgb.type(),
                   cv::Scalar(color[0] * unit, color[1] * unit, color[2] * unit));
  return cv::norm(rgb, expected, cv::NORM_INF) / unit;
}

}  // namespace

TEST_CASE("colours become the code values that the standard gives, and come back", "[video]") {
  const auto [format, bits] = GENERATE(table<AVPixelFormat, int>({{AV_PIX_FMT_YUV420P, 8},
                                                                  {AV_PIX_FMT_YUV422P, 8},
                                                                  {AV_PIX_FMT_YUV444P, 8},
                                                                  {AV_PIX_FMT_YUV420P10, 10},
                                                                  {AV_PIX_FMT_YUV422P10, 10},
                                                                  {AV_PIX_FMT_YUV444P10, 10}}));
  const bool full = GENERATE(false, true);
  const bool deep = GENERATE(false, true);
  FrameConverter converter;
  for (const Weights& weights : kMatrices) {
    for (const auto& color : kColors) {
      CAPTURE(av_get_pix_fmt_name(format), full, deep, weights.matrix, color[0], color[1],
              color[2]);
      const double unit = deep ? 257.0 : 1.0;
      const cv::Mat rgb(16, 32, deep ? CV_16UC3 : CV_8UC3,
                        cv::Scalar(color[0] * unit, color[1] * unit, color[2] * unit));
      const FramePtr frame =
          make_frame(format, weights.matrix, full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG);
      converter.from_rgb(rgb, *frame);
      const auto expected = coded(color, weights, full, bits);
      // A level of 8 bits at most.
      const double tolerance = std::pow(2.0, bits - 8) + 0.5;
      for (int plane = 0; plane < 3; ++plane) {
        const double most = std::pow(2.0, bits) - 1;
        CHECK(std::abs(sample(*frame, plane, bits) -
                       std::min(expected[static_cast<std::size_t>(plane)], most)) <= tolerance);
      }
      const bool deep_back = deep && bits > 8;  // as the reader does
      const cv::Mat back = converter.to_rgb(*frame, rgb.size(), deep_back);
      CHECK(back.type() == (deep_back ? CV_16UC3 : CV_8UC3));
      CHECK(worst(back, color) <= 2.0);
    }
  }
}

TEST_CASE("YCgCo is read, which has no weights", "[video]") {
  const auto [format, bits] = GENERATE(table<AVPixelFormat, int>(
      {{AV_PIX_FMT_YUV420P, 8}, {AV_PIX_FMT_YUV444P, 8}, {AV_PIX_FMT_YUV444P10, 10}}));
  const bool full = GENERATE(false, true);
  const bool deep = GENERATE(false, true);
  FrameConverter converter;
  for (const auto& color : kColors) {
    CAPTURE(av_get_pix_fmt_name(format), full, deep, color[0], color[1], color[2]);
    const double r = color[0] / 255.0, g = color[1] / 255.0, b = color[2] / 255.0;
    const double y = (r + 2 * g + b) / 4, green = (2 * g - r - b) / 4, orange = (r - b) / 2;
    const double unit = std::pow(2.0, bits - 8), most = std::pow(2.0, bits) - 1;
    const double luma = full ? most : 219 * unit, chroma = full ? most : 224 * unit;
    const double black = full ? 0.0 : 16 * unit;
    const std::array<double, 3> levels{black + luma * y, 128 * unit + chroma * green,
                                       128 * unit + chroma * orange};
    const FramePtr frame =
        make_frame(format, AVCOL_SPC_YCGCO, full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG);
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const int height = format == AV_PIX_FMT_YUV420P && i > 0 ? 8 : 16;
      const int width = format == AV_PIX_FMT_YUV420P && i > 0 ? 16 : 32;
      cv::Mat plane(height, width, bits == 8 ? CV_8U : CV_16U, frame->data[i],
                    static_cast<std::size_t>(frame->linesize[i]));
      plane = std::min(levels[i], most);
    }
    CHECK(worst(converter.to_rgb(*frame, {32, 16}, deep && bits > 8), color) <= 2.0);
  }
}

TEST_CASE("untagged pictures are taken for what players take them for", "[video]") {
  const auto [size, matrix] = GENERATE(table<cv::Size, AVColorSpace>({
      {{1280, 16}, AVCOL_SPC_BT709},
      {{16, 720}, AVCOL_SPC_BT709},
      {{1278, 718}, AVCOL_SPC_SMPTE170M},
  }));
  CAPTURE(size.width, size.height);
  CHECK(guessed_matrix(size) == matrix);
  FrameConverter converter;
  const cv::Mat rgb(size, CV_8UC3, cv::Scalar(200, 50, 50));
  const FramePtr tagged = make_frame(AV_PIX_FMT_YUV444P, matrix, AVCOL_RANGE_MPEG, size);
  converter.from_rgb(rgb, *tagged);
  const FramePtr untagged =
      make_frame(AV_PIX_FMT_YUV444P, AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, size);
  converter.from_rgb(rgb, *untagged);
  for (int plane = 0; plane < 3; ++plane) {
    CHECK(sample(*tagged, plane, 8) == sample(*untagged, plane, 8));
  }
  CHECK(worst(converter.to_rgb(*untagged, size, false), {200, 50, 50}) <= 1.0);
}

TEST_CASE("one converter serves frames of changing kinds", "[video]") {
  FrameConverter converter;
  for (int turn = 0; turn < 2; ++turn) {
    for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_GBRP, AV_PIX_FMT_RGB24}) {
      const FramePtr frame = make_frame(format, AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED);
      const cv::Mat rgb(16, 32, CV_8UC3, cv::Scalar(200, 50, 50));
      converter.from_rgb(rgb, *frame);
      CHECK(worst(converter.to_rgb(*frame, rgb.size(), false), {200, 50, 50}) <= 1.0);
      const cv::Mat scaled = converter.to_rgb(*frame, {17, 9}, false);
      CHECK(scaled.size() == cv::Size(17, 9));
      CHECK(worst(scaled, {200, 50, 50}) <= 1.0);
    }
  }
}

TEST_CASE("a picture with detail survives the way through 4:4:4", "[video]") {
  FrameConverter converter;
  const cv::Mat picture = test::colorful(64, 48);
  const FramePtr frame =
      make_frame(AV_PIX_FMT_YUV444P10, AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, picture.size());
  converter.from_rgb(picture, *frame);
  const cv::Mat back = converter.to_rgb(*frame, picture.size(), false);
  CHECK(back.isContinuous());
  CHECK(test::max_difference(back, picture) <= 2.0);
}

TEST_CASE("chroma is read where its samples sit", "[video]") {
  // Left: the first sample belongs to the first pixel. Centre: between the first two.
  const auto [location, offset] = GENERATE(table<AVChromaLocation, double>(
      {{AVCHROMA_LOC_UNSPECIFIED, 0.0}, {AVCHROMA_LOC_LEFT, 0.0}, {AVCHROMA_LOC_CENTER, 0.5}}));
  CAPTURE(location);
  const cv::Size size(64, 16);
  const FramePtr frame =
      make_frame(AV_PIX_FMT_YUV420P, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, size);
  frame->chroma_location = location;
  cv::Mat luma(size, CV_8U, frame->data[0], static_cast<std::size_t>(frame->linesize[0]));
  cv::Mat blue(size / 2, CV_8U, frame->data[1], static_cast<std::size_t>(frame->linesize[1]));
  cv::Mat red(size / 2, CV_8U, frame->data[2], static_cast<std::size_t>(frame->linesize[2]));
  luma = 128;
  red = 128;
  for (int x = 0; x < blue.cols; ++x) {
    blue.col(x) = 66 + 4 * x;
  }
  FrameConverter converter;
  const cv::Mat rgb = converter.to_rgb(*frame, size, false);
  for (int x = 4; x < 60; ++x) {
    CAPTURE(x);
    const double expected = 128 + 1.772 * (66 + 2 * (x - offset) - 128);  // BT.601, full range
    CHECK(rgb.at<cv::Vec3b>(8, x)[2] == Approx(expected).margin(0.8));
  }
}

TEST_CASE("tags stay as they were unless they would be wrong", "[video]") {
  const cv::Size small(640, 480), large(1280, 720);
  ColorTags tags;
  // Untagged stays so at a size of the same guess, and is told otherwise.
  CHECK(tags_for_output(tags, AV_PIX_FMT_YUV420P, small, AV_PIX_FMT_YUV420P, small).matrix ==
        AVCOL_SPC_UNSPECIFIED);
  CHECK(tags_for_output(tags, AV_PIX_FMT_YUV420P, small, AV_PIX_FMT_YUV420P, large).matrix ==
        AVCOL_SPC_SMPTE170M);
  CHECK(tags_for_output(tags, AV_PIX_FMT_YUV420P, large, AV_PIX_FMT_YUV420P, small).matrix ==
        AVCOL_SPC_BT709);
  // "yuvj" tells its range with its name, which the output does not have.
  CHECK(tags_for_output(tags, AV_PIX_FMT_YUVJ420P, small, AV_PIX_FMT_YUV420P, small).range ==
        AVCOL_RANGE_JPEG);
  // RGB has no matrix that fits.
  tags.matrix = AVCOL_SPC_RGB;
  tags.range = AVCOL_RANGE_JPEG;
  const ColorTags drawn = tags_for_output(tags, AV_PIX_FMT_GBRP, large, AV_PIX_FMT_YUV420P, large);
  CHECK(drawn.matrix == AVCOL_SPC_BT709);
  CHECK(drawn.range == AVCOL_RANGE_MPEG);
  tags = {AVCOL_SPC_BT2020_NCL, AVCOL_PRI_BT2020, AVCOL_TRC_SMPTE2084, AVCOL_RANGE_MPEG,
          AVCHROMA_LOC_TOPLEFT};
  const ColorTags kept =
      tags_for_output(tags, AV_PIX_FMT_YUV420P10, large, AV_PIX_FMT_YUV420P, small);
  CHECK(kept.matrix == tags.matrix);
  CHECK(kept.primaries == tags.primaries);
  CHECK(kept.transfer == tags.transfer);
  CHECK(kept.range == tags.range);
  CHECK(kept.chroma == tags.chroma);
}
