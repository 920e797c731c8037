#include "stylize/media/media_info.h"

#include <array>
#include <cstddef>

#include "ffmpeg_ptr.h"
#include "stylize/core/error.h"
#include "stylize/media/image_io.h"
#include "vips_runtime.h"

namespace stylize {
namespace {

constexpr std::array kFormats{ImageFormat::kJpeg, ImageFormat::kPng,  ImageFormat::kWebp,
                              ImageFormat::kTiff, ImageFormat::kHeic, ImageFormat::kAvif,
                              ImageFormat::kGif};

// Whether there is a loader at all, for formats of which no file can be made here.
bool has_loader(ImageFormat format) {
  const std::string loader = format == ImageFormat::kHeic || format == ImageFormat::kAvif
                                 ? "heif"
                                 : std::string(format_name(format));
  return vips_type_find("VipsForeignLoad", (loader + "load_buffer").c_str()) != 0;
}

bool reads_back(const std::vector<std::byte>& file, int side) {
  try {
    const vips::VImage image = vips::VImage::new_from_buffer(file.data(), file.size(), "");
    return copy_pixels(image).cols == side;
  } catch (const vips::VError&) {
    take_vips_error();
    return false;
  }
}

FormatSupport probe(ImageFormat format) {
  constexpr int kSide = 64;  // some encoders refuse less
  FormatSupport support;
  support.format = format;
  Image picture;
  picture.rgb = cv::Mat(kSide, kSide, CV_8UC3, cv::Scalar::all(128));
  EncodeOptions options;
  options.format = format;
  try {
    const std::vector<std::byte> file =
        encode_image(picture, options, std::string(format_name(format)));
    support.writable = true;
    support.readable = reads_back(file, kSide);
  } catch (const Error&) {
    support.readable = has_loader(format);
  }
  return support;
}

}  // namespace

std::vector<FormatSupport> probe_formats() {
  ensure_vips();
  std::vector<FormatSupport> all;
  all.reserve(kFormats.size());
  for (const ImageFormat format : kFormats) {
    all.push_back(probe(format));
  }
  return all;
}

std::string vips_library_version() {
  return std::to_string(vips_version(0)) + "." + std::to_string(vips_version(1)) + "." +
         std::to_string(vips_version(2));
}

std::string video_library_version() {
  const unsigned int version = avcodec_version();
  return std::to_string(AV_VERSION_MAJOR(version)) + "." +
         std::to_string(AV_VERSION_MINOR(version)) + "." +
         std::to_string(AV_VERSION_MICRO(version));
}

std::string opencv_library_version() { return cv::getVersionString(); }

}  // namespace stylize
