// What the image libraries of this machine can do.
#pragma once

#include <string>
#include <vector>

#include "stylize/media/image_format.h"

namespace stylize {

struct FormatSupport {
  ImageFormat format = ImageFormat::kPng;
  bool readable = false;
  bool writable = false;
};

// Of every format, found out by writing a small picture and reading it back: which codecs an image
// library was built with or finds at run time is recorded nowhere. Takes some tens of milliseconds.
// Throws Error kInternal when libvips does not start. Thread safe.
std::vector<FormatSupport> probe_formats();

// "8.14.1"; of the library that runs, not of the one it was built with. Thread safe.
std::string vips_library_version();

// "59.37.100"; of the libavcodec that runs. Thread safe.
std::string video_library_version();

// "4.6.0". Thread safe.
std::string opencv_library_version();

}  // namespace stylize
