#include "stylize/media/image_format.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace stylize {
namespace {

struct FormatName {
  std::string_view extension;
  ImageFormat format;
};

// The first entry of a format is its usual extension.
constexpr std::array kNames{
    FormatName{".jpg", ImageFormat::kJpeg},  FormatName{".jpeg", ImageFormat::kJpeg},
    FormatName{".jpe", ImageFormat::kJpeg},  FormatName{".jfif", ImageFormat::kJpeg},
    FormatName{".png", ImageFormat::kPng},   FormatName{".webp", ImageFormat::kWebp},
    FormatName{".tif", ImageFormat::kTiff},  FormatName{".tiff", ImageFormat::kTiff},
    FormatName{".heic", ImageFormat::kHeic}, FormatName{".heif", ImageFormat::kHeic},
    FormatName{".avif", ImageFormat::kAvif}, FormatName{".gif", ImageFormat::kGif},
};

}  // namespace

std::string_view format_name(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg: return "jpeg";
    case ImageFormat::kPng: return "png";
    case ImageFormat::kWebp: return "webp";
    case ImageFormat::kTiff: return "tiff";
    case ImageFormat::kHeic: return "heic";
    case ImageFormat::kAvif: return "avif";
    case ImageFormat::kGif: return "gif";
  }
  return "png";
}

std::string_view default_extension(ImageFormat format) {
  const auto* entry = std::find_if(kNames.begin(), kNames.end(), [format](const FormatName& name) {
    return name.format == format;
  });
  return entry->extension;
}

std::optional<ImageFormat> find_format(std::string_view name) {
  std::string extension(name);
  if (extension.empty() || extension.front() != '.') {
    extension.insert(extension.begin(), '.');
  }
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const FormatName& entry : kNames) {
    if (entry.extension == extension) {
      return entry.format;
    }
  }
  return std::nullopt;
}

std::string format_list() {
  std::string list;
  for (const FormatName& entry : kNames) {
    if (entry.extension == default_extension(entry.format)) {
      list.append(list.empty() ? "" : ", ").append(entry.extension.substr(1));
    }
  }
  return list;
}

}  // namespace stylize
