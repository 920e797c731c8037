// Image files in and out.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "stylize/media/image.h"

namespace stylize {

// Reads the first picture of a file: JPEG, PNG, WebP, TIFF, HEIC, AVIF or GIF, recognised by
// content. Orientation is applied; grey, palette, CMYK and Lab pictures come out RGB. A usable RGB
// profile is kept with the pixels in its space; pictures of other spaces are converted to sRGB and
// tagged so. Throws Error kInputMissing, kInputUnsupported, kInputCorrupt (also when truncated) or
// kInputTooLarge, naming the path. Thread safe.
Image read_image(const std::filesystem::path& path);

// The same from standard input, which is read to its end.
Image read_image_from_stdin();

// Threads that decoding, encoding, resampling and blending of one picture may use, for the process.
void set_media_threads(int threads);

struct EncodeOptions {
  ImageFormat format = ImageFormat::kPng;
  std::optional<int>
      quality;         // 1..100, of formats that lose detail; by default one that shows none
  bool strip = false;  // drop EXIF, XMP and the like; the colour profile stays
};

// The bytes of a finished file. Formats without 16 bits get 8, formats without transparency are
// laid on white; both are logged. Throws Error kOutputUnwritable. `subject` names the output in
// messages.
std::vector<std::byte> encode_image(const Image& image, const EncodeOptions& options,
                                    const std::string& subject);

}  // namespace stylize
