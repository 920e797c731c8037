// The image file formats we read and write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stylize {

enum class ImageFormat { kJpeg, kPng, kWebp, kTiff, kHeic, kAvif, kGif };

// "jpeg", "png", ...
std::string_view format_name(ImageFormat format);

// The extension files of the format usually have, with the dot.
std::string_view default_extension(ImageFormat format);

// By name or extension, in any case, with or without the dot: "jpg", ".JPEG", "tif", "heif".
std::optional<ImageFormat> find_format(std::string_view name);

// All names that find_format takes and that name a format of its own, for messages: "jpg, png,
// ...".
std::string format_list();

}  // namespace stylize
