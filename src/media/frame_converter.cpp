#include "frame_converter.h"

#include <array>
#include <opencv2/imgproc.hpp>

#include "ffmpeg_error.h"
#include "lay_on_white.h"
#include "stylize/media/bit_depth.h"
#include "ycgco.h"

namespace stylize {
namespace {

// What plain conversions leave out for speed is visible: exact rounding, and chroma at every pixel.
constexpr int kFlags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

ColorCoding rgb_coding(int depth, bool with_alpha = false) {
  const bool is_deep = depth == CV_16U;
  return {.format = with_alpha ? (is_deep ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGBA)
                               : (is_deep ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24),
          .matrix = SWS_CS_DEFAULT,
          .full_range = true,
          .chroma = AVCHROMA_LOC_UNSPECIFIED};
}

const char* name_of(AVPixelFormat format) {
  const char* name = av_get_pix_fmt_name(format);
  return name == nullptr ? "unknown" : name;
}

bool has_alpha(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  return description != nullptr && (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

// What is under transparent parts was never meant to be seen.
cv::Mat without_alpha(const cv::Mat& rgba) {
  cv::Mat rgb;
  cv::Mat alpha;
  cv::cvtColor(rgba, rgb, cv::COLOR_RGBA2RGB);
  cv::extractChannel(rgba, alpha, 3);
  return lay_on_white(rgb, alpha);
}

int bits_of(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  return description == nullptr ? 0 : description->comp[0].depth;
}

// Where chroma samples sit between those of luma, in 1/256 of the distance.
void set_chroma_position(SwsContext* context, const char* side, const ColorCoding& coding) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(coding.format);
  const std::string prefix(side);
  const bool centered_x = coding.chroma == AVCHROMA_LOC_CENTER ||
                          coding.chroma == AVCHROMA_LOC_TOP || coding.chroma == AVCHROMA_LOC_BOTTOM;
  const bool top = coding.chroma == AVCHROMA_LOC_TOPLEFT || coding.chroma == AVCHROMA_LOC_TOP;
  if (description->log2_chroma_w == 1) {
    av_opt_set_int(context, (prefix + "_h_chr_pos").c_str(), centered_x ? 128 : 0, 0);
  }
  if (description->log2_chroma_h == 1) {
    av_opt_set_int(context, (prefix + "_v_chr_pos").c_str(), top ? 0 : 128, 0);
  }
}

}  // namespace

bool FrameConverter::prepare(const Side& from, const Side& to) {
  if (context_ && from == from_ && to == to_) {
    return true;
  }
  context_.reset();
  if (sws_isSupportedInput(from.coding.format) == 0 ||
      sws_isSupportedOutput(to.coding.format) == 0) {
    return false;
  }
  SwsPtr context(check_allocated(sws_alloc_context()));
  const auto set = [&](const char* option, int value) {
    av_opt_set_int(context.get(), option, value, 0);
  };
  set("srcw", from.size.width);
  set("srch", from.size.height);
  set("src_format", from.coding.format);
  set("src_range", from.coding.full_range ? 1 : 0);
  set("dstw", to.size.width);
  set("dsth", to.size.height);
  set("dst_format", to.coding.format);
  set("dst_range", to.coding.full_range ? 1 : 0);
  set("sws_flags", kFlags);
  set_chroma_position(context.get(), "src", from.coding);
  set_chroma_position(context.get(), "dst", to.coding);
  if (sws_init_context(context.get(), nullptr, nullptr) < 0) {
    return false;
  }
  constexpr int kUnity = 1 << 16;
  sws_setColorspaceDetails(context.get(), sws_getCoefficients(from.coding.matrix),
                           from.coding.full_range ? 1 : 0, sws_getCoefficients(to.coding.matrix),
                           to.coding.full_range ? 1 : 0, 0, kUnity, kUnity);
  context_ = std::move(context);
  from_ = from;
  to_ = to;
  return true;
}

cv::Mat FrameConverter::to_rgb(const AVFrame& frame, cv::Size size, bool deep) {
  const int depth = deep ? CV_16U : CV_8U;
  const bool with_alpha = has_alpha(static_cast<AVPixelFormat>(frame.format));
  if (frame.colorspace == AVCOL_SPC_YCGCO && !is_rgb(static_cast<AVPixelFormat>(frame.format))) {
    return from_ycgco(frame, size, depth);
  }
  Side from{cv::Size(frame.width, frame.height), color_coding(frame)};
  Side to{size, rgb_coding(depth, with_alpha)};
  to.coding.matrix = from.coding.matrix;
  if (!prepare(from, to)) {
    throw Error(ErrorCode::kInputUnsupported, "video",
                std::string("pixel format ") + name_of(from.coding.format) + " cannot be read");
  }
  // A row more than needed: swscale writes whole vectors, which may end behind the last pixel.
  cv::Mat rgb = cv::Mat(size.height + 1, size.width, CV_MAKETYPE(depth, with_alpha ? 4 : 3))
                    .rowRange(0, size.height);
  const std::array<std::uint8_t*, 4> planes{rgb.data};
  const std::array<int, 4> strides{static_cast<int>(rgb.step[0])};
  sws_scale(context_.get(), frame.data, frame.linesize, 0, frame.height, planes.data(),
            strides.data());
  return with_alpha ? without_alpha(rgb) : rgb;
}

// swscale does all but the matrix.
cv::Mat FrameConverter::from_ycgco(const AVFrame& frame, cv::Size size, int depth) {
  Side from{cv::Size(frame.width, frame.height), color_coding(frame)};
  Side to{size, from.coding};
  to.coding.format = depth == CV_16U ? AV_PIX_FMT_YUV444P16 : AV_PIX_FMT_YUV444P;
  if (!prepare(from, to)) {
    throw Error(ErrorCode::kInputUnsupported, "video",
                std::string("pixel format ") + name_of(from.coding.format) + " cannot be read");
  }
  std::array<cv::Mat, 3> planes;
  std::array<std::uint8_t*, 4> data{};
  std::array<int, 4> strides{};
  for (std::size_t i = 0; i < planes.size(); ++i) {
    // Larger than needed: swscale writes whole vectors.
    planes[i] = cv::Mat(size.height + 1, size.width, depth).rowRange(0, size.height);
    data[i] = planes[i].data;
    strides[i] = static_cast<int>(planes[i].step[0]);
  }
  sws_scale(context_.get(), frame.data, frame.linesize, 0, frame.height, data.data(),
            strides.data());
  return ycgco_to_rgb(planes, from.coding.full_range);
}

void FrameConverter::from_rgb(const cv::Mat& pixels, AVFrame& frame) {
  Side to{cv::Size(frame.width, frame.height), color_coding(frame)};
  cv::Mat rgb = pixels;
  if (pixels.depth() == CV_16U && bits_of(to.coding.format) <= 8) {
    rgb = to_8_bit(pixels);  // swscale would be off by up to 3 levels
  }
  Side from{rgb.size(), rgb_coding(rgb.depth())};
  from.coding.matrix = to.coding.matrix;
  if (!prepare(from, to)) {
    throw Error(ErrorCode::kUsage, "--pix-fmt",
                std::string(name_of(to.coding.format)) + " cannot be written");
  }
  const std::array<const std::uint8_t*, 4> planes{rgb.data};
  const std::array<int, 4> strides{static_cast<int>(rgb.step[0])};
  sws_scale(context_.get(), planes.data(), strides.data(), 0, rgb.rows, frame.data, frame.linesize);
}

}  // namespace stylize
