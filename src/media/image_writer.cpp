#include <array>
#include <string>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "lay_on_white.h"
#include "metadata.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/media/bit_depth.h"
#include "stylize/media/image_io.h"
#include "vips_runtime.h"

namespace stylize {
namespace {

struct FormatTraits {
  bool deep;  // stores 16 bits (HEIC and AVIF: 12)
  bool alpha;
  bool lossy;           // takes a quality
  int default_quality;  // no visible loss at normal viewing distance
  int largest_side;
};

FormatTraits traits_of(ImageFormat format) {
  constexpr int kUnlimited = 1 << 30;
  switch (format) {
    case ImageFormat::kJpeg: return {false, false, true, 92, 65535};
    case ImageFormat::kPng: return {true, true, false, 0, kUnlimited};
    case ImageFormat::kWebp: return {false, true, true, 90, 16383};
    case ImageFormat::kTiff: return {true, true, false, 0, kUnlimited};
    case ImageFormat::kHeic: return {true, true, true, 80, 16384};
    case ImageFormat::kAvif: return {true, true, true, 75, 16384};
    case ImageFormat::kGif: return {false, true, false, 0, 65535};
  }
  return {};
}

vips::VOption* saver_options(const EncodeOptions& options, const FormatTraits& traits) {
  vips::VOption* saver = vips::VImage::option();
  if (traits.lossy) {
    saver->set("Q", options.quality.value_or(traits.default_quality));
  }
  if (options.format == ImageFormat::kTiff) {
    saver->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE);
    saver->set("predictor", VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL);
  } else if (options.format == ImageFormat::kHeic) {
    saver->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_HEVC);
  } else if (options.format == ImageFormat::kJpeg) {
    saver->set("optimize_coding", true);
  }
  return saver;
}

// The samples in the form the format can store.
cv::Mat prepare_pixels(const Image& image, const FormatTraits& traits, const std::string& subject) {
  cv::Mat pixels = image.rgb;
  if (!image.alpha.empty()) {
    if (traits.alpha) {
      cv::Mat joined;
      cv::merge(std::array<cv::Mat, 2>{image.rgb, image.alpha}, joined);
      pixels = joined;
    } else {
      log_warning(subject + ": the format has no transparency; the picture was laid on white");
      pixels = lay_on_white(image.rgb, image.alpha);
    }
  }
  if (pixels.depth() == CV_16U && !traits.deep) {
    log_info(subject + ": the format stores 8 bits; the 16-bit picture was reduced");
    pixels = to_8_bit(pixels);
  }
  return pixels.isContinuous() ? pixels : pixels.clone();
}

std::vector<std::byte> save(const vips::VImage& image, const EncodeOptions& options,
                            const FormatTraits& traits) {
  void* data = nullptr;
  std::size_t size = 0;
  image.write_to_buffer(std::string(default_extension(options.format)).c_str(), &data, &size,
                        saver_options(options, traits));
  const auto* first = static_cast<const std::byte*>(data);
  std::vector<std::byte> bytes(first, first + size);
  g_free(data);
  return bytes;
}

}  // namespace

std::vector<std::byte> encode_image(const Image& image, const EncodeOptions& options,
                                    const std::string& subject) {
  ensure_vips();
  const FormatTraits traits = traits_of(options.format);
  const int side = std::max(image.rgb.cols, image.rgb.rows);
  if (side > traits.largest_side) {
    throw Error(ErrorCode::kOutputUnwritable, subject,
                std::string(format_name(options.format)) + " cannot hold a side of " +
                    std::to_string(side) + " pixels",
                "choose another format with -f, e.g. png");
  }
  const cv::Mat pixels = prepare_pixels(image, traits, subject);
  try {
    vips::VImage output = wrap_pixels(
        pixels, pixels.depth() == CV_16U ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);
    if (image.metadata && !options.strip) {
      if (options.format == ImageFormat::kTiff && image.metadata->has_exif()) {
        log_warning(subject + ": camera data (EXIF) is not written into TIFF files");
      }
      image.metadata->apply_to(output);
    }
    if (!image.icc.empty()) {
      vips_image_set_blob_copy(output.get_image(), VIPS_META_ICC_NAME, image.icc.data(),
                               image.icc.size());
    }
    return save(output, options, traits);
  } catch (const vips::VError&) {
    throw Error(
        ErrorCode::kOutputUnwritable, subject,
        "cannot encode " + std::string(format_name(options.format)) + ": " + take_vips_error());
  }
}

}  // namespace stylize
