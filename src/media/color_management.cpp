#include "stylize/media/color_management.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "stylize/core/error.h"
#include "vips_runtime.h"

namespace stylize {
namespace {

constexpr const char* kSrgb = "srgb";  // built into libvips

VipsInterpretation rgb_interpretation(const cv::Mat& pixels) {
  return pixels.depth() == CV_16U ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
}

int bits(const cv::Mat& pixels) { return pixels.depth() == CV_16U ? 16 : 8; }

void attach_profile(vips::VImage& image, const std::string& icc) {
  vips_image_set_blob_copy(image.get_image(), VIPS_META_ICC_NAME, icc.data(), icc.size());
}

cv::Mat continuous(const cv::Mat& pixels) {
  return pixels.isContinuous() ? pixels : pixels.clone();
}

cv::Mat convert_to_srgb(const cv::Mat& pixels, const std::string& icc) {
  const cv::Mat source = continuous(pixels);
  vips::VImage image = wrap_pixels(source, rgb_interpretation(source));
  attach_profile(image, icc);
  return copy_pixels(image.icc_transform(kSrgb, vips::VImage::option()
                                                    ->set("embedded", true)
                                                    ->set("intent", VIPS_INTENT_RELATIVE)
                                                    ->set("depth", bits(source))));
}

// libvips takes an output profile from a file or from the image itself, so the profile is attached
// half way, in the connection space.
cv::Mat convert_from_srgb(const cv::Mat& pixels, const std::string& icc) {
  const cv::Mat source = continuous(pixels);
  vips::VImage connection = wrap_pixels(source, rgb_interpretation(source))
                                .icc_import(vips::VImage::option()
                                                ->set("input_profile", kSrgb)
                                                ->set("intent", VIPS_INTENT_RELATIVE))
                                .copy();
  attach_profile(connection, icc);
  return copy_pixels(connection.icc_export(
      vips::VImage::option()->set("intent", VIPS_INTENT_RELATIVE)->set("depth", bits(source))));
}

// A cube of colours that spans the space: 9 steps an axis.
cv::Mat color_cube() {
  constexpr int kSteps = 9;
  std::vector<cv::Vec3b> colors;
  for (int r = 0; r < kSteps; ++r) {
    for (int g = 0; g < kSteps; ++g) {
      for (int b = 0; b < kSteps; ++b) {
        const auto level = [](int step) {
          return static_cast<std::uint8_t>(255 * step / (kSteps - 1));
        };
        colors.emplace_back(level(r), level(g), level(b));
      }
    }
  }
  return cv::Mat(colors, true).reshape(3, 1);
}

// Bytes 16 to 19 of a profile's header name the space of its pixels (ICC.1:2010, 7.2.6).
bool is_rgb_profile(const std::string& icc) {
  return icc.size() >= 128 && icc.compare(16, 4, "RGB ") == 0;
}

}  // namespace

ColorConverter::ColorConverter(std::string icc) : icc_(std::move(icc)) {
  if (icc_.empty()) {
    return;
  }
  if (!is_rgb_profile(icc_)) {
    throw Error(ErrorCode::kInputUnsupported, "colour profile", "is not one of an RGB space");
  }
  ensure_vips();
  try {
    const cv::Mat cube = color_cube();
    const cv::Mat srgb = convert_to_srgb(cube, icc_);
    // Fails here, not after the network has run, when the profile is for reading only.
    convert_from_srgb(srgb, icc_);
    identity_ = cv::norm(cube, srgb, cv::NORM_INF) <= 1.0;
  } catch (const vips::VError&) {
    throw Error(ErrorCode::kInputUnsupported, "colour profile", take_vips_error());
  }
}

cv::Mat ColorConverter::to_srgb(const cv::Mat& rgb) const {
  return identity_ ? rgb : convert_to_srgb(rgb, icc_);
}

cv::Mat ColorConverter::from_srgb(const cv::Mat& srgb) const {
  return identity_ ? srgb : convert_from_srgb(srgb, icc_);
}

std::string srgb_profile() {
  ensure_vips();
  VipsBlob* blob = nullptr;
  if (vips_profile_load(kSrgb, &blob, nullptr) != 0) {
    throw Error(ErrorCode::kInternal, "sRGB profile", take_vips_error());
  }
  std::size_t size = 0;
  const void* data = vips_blob_get(blob, &size);
  std::string bytes(static_cast<const char*>(data), size);
  vips_area_unref(VIPS_AREA(blob));
  return bytes;
}

}  // namespace stylize
