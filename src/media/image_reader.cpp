#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "image_loader.h"
#include "metadata.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/core/memory_info.h"
#include "stylize/media/color_management.h"
#include "stylize/media/image_io.h"
#include "vips_runtime.h"

namespace stylize {
namespace {

// Says what is wrong with a path better than an image library would.
void check_readable(const std::filesystem::path& path) {
  const std::string name = path.string();
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const int error = errno;
    throw Error(ErrorCode::kInputMissing, name,
                error == ENOENT ? std::string("no such file") : std::strerror(error));
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::kInputUnsupported, name, "is a folder",
                "name the image files inside, e.g. " + name + "/*.jpg");
  }
  if (::access(path.c_str(), R_OK) != 0) {
    throw Error(ErrorCode::kInputMissing, name, "permission denied");
  }
  if (S_ISREG(status.st_mode) && status.st_size == 0) {
    throw Error(ErrorCode::kInputCorrupt, name, "cannot read image: the file is empty");
  }
}

ImageFormat format_of(const vips::VImage& image, std::string_view loader) {
  const auto is = [loader](std::string_view name) { return loader.rfind(name, 0) == 0; };
  if (is("jpeg")) return ImageFormat::kJpeg;
  if (is("webp")) return ImageFormat::kWebp;
  if (is("tiff")) return ImageFormat::kTiff;
  if (is("gif")) return ImageFormat::kGif;
  if (is("heif")) {
    const bool av1 = image.get_typeof("heif-compression") != 0 &&
                     std::string_view(image.get_string("heif-compression")) == "av1";
    return av1 ? ImageFormat::kAvif : ImageFormat::kHeic;
  }
  return ImageFormat::kPng;
}

int frame_count(const vips::VImage& image) {
  return image.get_typeof(VIPS_META_N_PAGES) == 0 ? 1 : image.get_int(VIPS_META_N_PAGES);
}

// Decoded pixels exist up to three times at once: decoder, ours, and the styled picture.
void check_fits_memory(const vips::VImage& image, const std::string& subject) {
  constexpr std::size_t kCopies = 4;
  const std::size_t needed = static_cast<std::size_t>(image.width()) *
                             static_cast<std::size_t>(image.height()) *
                             VIPS_IMAGE_SIZEOF_PEL(image.get_image()) * kCopies;
  const std::size_t available = available_memory();
  if (available > 0 && needed > available) {
    throw Error(ErrorCode::kInputTooLarge, subject,
                "the picture of " + std::to_string(image.width()) + "x" +
                    std::to_string(image.height()) + " pixels needs about " +
                    std::to_string(needed >> 20U) + " MB of memory, " +
                    std::to_string(available >> 20U) + " MB are free",
                "make it smaller first, or close other programs");
  }
}

bool is_turned(const vips::VImage& image) {
  return image.get_typeof(VIPS_META_ORIENTATION) != 0 && image.get_int(VIPS_META_ORIENTATION) > 1;
}

std::string embedded_profile(const vips::VImage& image) {
  if (image.get_typeof(VIPS_META_ICC_NAME) == 0) {
    return {};
  }
  std::size_t size = 0;
  const void* data = image.get_blob(VIPS_META_ICC_NAME, &size);
  return {static_cast<const char*>(data), size};
}

bool is_rgb(const vips::VImage& image) {
  return image.interpretation() == VIPS_INTERPRETATION_sRGB ||
         image.interpretation() == VIPS_INTERPRETATION_RGB ||
         image.interpretation() == VIPS_INTERPRETATION_RGB16;
}

// Spaces that mean colours as such: their pictures convert by definition, and a profile adds
// nothing.
bool is_device_independent(const vips::VImage& image) {
  switch (image.interpretation()) {
    case VIPS_INTERPRETATION_LAB:
    case VIPS_INTERPRETATION_LABQ:
    case VIPS_INTERPRETATION_LABS:
    case VIPS_INTERPRETATION_XYZ: return true;
    default: return false;
  }
}

struct ColorSpace {
  vips::VImage image;  // RGB, perhaps with alpha, 8 or 16 bit
  std::string icc;
};

vips::VImage drop_profile(const vips::VImage& image) {
  vips::VImage copy = image.copy();
  copy.remove(VIPS_META_ICC_NAME);
  return copy;
}

// Converts whatever has no usable RGB profile to sRGB; `icc` of the result is tagged where the
// source was, and for CMYK, whose pictures always mean some profile.
ColorSpace to_rgb(const vips::VImage& image, const std::string& subject) {
  const bool deep = vips_band_format_is8bit(image.format()) == 0;
  const auto device_rgb = deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
  const std::string icc = embedded_profile(image);
  const bool cmyk = image.interpretation() == VIPS_INTERPRETATION_CMYK;
  if ((icc.empty() && !cmyk) || is_device_independent(image)) {
    return {image.colourspace(device_rgb), {}};
  }
  if (is_rgb(image)) {
    try {
      const ColorConverter converter(icc);
      return {image.colourspace(device_rgb), icc};
    } catch (const Error& error) {
      log_debug(subject + ": " + error.what());
    }
  }
  const vips::VImage converted =
      image.icc_transform("srgb", vips::VImage::option()
                                      ->set("embedded", !icc.empty())
                                      ->set("input_profile", cmyk ? "cmyk" : "srgb")
                                      ->set("intent", VIPS_INTENT_RELATIVE)
                                      ->set("depth", deep ? 16 : 8));
  return {converted, srgb_profile()};
}

// A damaged profile is no reason to refuse a picture that every viewer shows.
ColorSpace to_rgb_whatever_the_profile(const vips::VImage& image, const std::string& subject) {
  try {
    return to_rgb(image, subject);
  } catch (const vips::VError&) {
    log_warning(subject + ": the colour profile is unusable and was dropped (" + take_vips_error() +
                ")");
    return to_rgb(drop_profile(image), subject);
  }
}

void split_alpha(const cv::Mat& pixels, Image& image) {
  if (pixels.channels() == 3) {
    image.rgb = pixels;
    return;
  }
  image.rgb.create(pixels.size(), CV_MAKETYPE(pixels.depth(), 3));
  image.alpha.create(pixels.size(), CV_MAKETYPE(pixels.depth(), 1));
  std::array<cv::Mat, 2> outputs{image.rgb, image.alpha};
  constexpr std::array<int, 8> kFromTo{0, 0, 1, 1, 2, 2, 3, 3};
  cv::mixChannels(&pixels, 1, outputs.data(), outputs.size(), kFromTo.data(), 4);
}

// The meaning of floating-point and signed samples is the file's secret: 0 to 1, 0 to 255, metres.
void check_samples(const vips::VImage& image, const std::string& subject) {
  const bool counts = image.format() == VIPS_FORMAT_UCHAR || image.format() == VIPS_FORMAT_USHORT ||
                      image.format() == VIPS_FORMAT_UINT;
  if (!counts && !is_device_independent(image)) {
    throw Error(ErrorCode::kInputUnsupported, subject,
                "cannot read image: its samples are floating-point or signed numbers",
                "save it with 8 or 16 bits a channel");
  }
}

// 32-bit samples become 16-bit ones; 1- to 8-bit ones are 8-bit already.
vips::VImage to_8_or_16_bit(const vips::VImage& image) {
  if (image.format() == VIPS_FORMAT_UCHAR || image.format() == VIPS_FORMAT_USHORT) {
    return image;
  }
  return image.cast(VIPS_FORMAT_USHORT);
}

Image decode(const vips::VImage& opened, std::string_view loader, const std::string& subject) {
  check_fits_memory(opened, subject);
  check_samples(opened, subject);
  Image image;
  image.format = format_of(opened, loader);
  image.frames = frame_count(opened);
  // Read from top to bottom a picture needs no copy of its own in the decoder; turning it does.
  const vips::VImage upright = is_turned(opened) ? opened.copy_memory().autorot() : opened;
  image.metadata = std::make_shared<const Metadata>(upright);
  const ColorSpace color = to_rgb_whatever_the_profile(upright, subject);
  image.icc = color.icc;
  const vips::VImage pixels = to_8_or_16_bit(color.image);
  if (pixels.bands() != 3 && pixels.bands() != 4) {
    throw Error(ErrorCode::kInputUnsupported, subject,
                "has " + std::to_string(opened.bands()) + " channels",
                "grey, RGB and CMYK pictures with or without alpha can be read");
  }
  split_alpha(copy_pixels(pixels), image);
  return image;
}

Image read_source(const vips::VSource& source, const std::string& subject) {
  vips_error_clear();
  const std::string loader = find_trusted_loader(source, subject);
  try {
    vips::VImage opened = vips::VImage::new_from_source(source, "",
                                                        vips::VImage::option()
                                                            ->set("fail_on", VIPS_FAIL_ON_ERROR)
                                                            ->set("access", VIPS_ACCESS_SEQUENTIAL))
                              .copy();
    // Formats unpack in one thread anyway; and where two threads wait for the part of a picture
    // that turns out to be missing, libvips 8.14 loses the error now and then: half a PNG came out
    // as a whole one twice in 3600 times.
    opened.set(VIPS_META_CONCURRENCY, 1);
    return decode(opened, loader, subject);
  } catch (const vips::VError&) {
    throw decoding_error(subject);
  }
}

Image read_file(const std::filesystem::path& path) {
  try {
    return read_source(vips::VSource::new_from_file(path.c_str()), path.string());
  } catch (const vips::VError&) {
    throw Error(ErrorCode::kInputMissing, path.string(), "cannot open: " + take_vips_error());
  }
}

}  // namespace

Image read_image(const std::filesystem::path& path) {
  check_readable(path);
  ensure_vips();
  {
    const std::shared_lock beside_others(vips_error_text());
    try {
      return read_file(path);
    } catch (const Error&) {
      if (!std::filesystem::is_regular_file(path)) {
        throw;  // a pipe gives its bytes once
      }
    }
  }
  const std::unique_lock alone(vips_error_text());
  return read_file(path);
}

Image read_image_from_stdin() {
  ensure_vips();
  return read_source(vips::VSource::new_from_descriptor(STDIN_FILENO), "standard input");
}

}  // namespace stylize
