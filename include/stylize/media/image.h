// A decoded picture with everything its file said about it.
#pragma once

#include <memory>
#include <string>

#include <opencv2/core.hpp>

#include "stylize/media/image_format.h"

namespace stylize {

class Metadata;  // EXIF, XMP, IPTC, comments, resolution; media/metadata.h, opaque elsewhere

struct Image {
  cv::Mat rgb;      // CV_8UC3 or CV_16UC3, upright, in the colour space of `profile`
  cv::Mat alpha;    // CV_8UC1 or CV_16UC1 of the same size and depth; empty when opaque
  std::string icc;  // ICC profile of `rgb`, an RGB one; empty means sRGB by convention
  std::shared_ptr<const Metadata> metadata;  // may be null
  ImageFormat format = ImageFormat::kPng;    // of the file it came from
  int frames = 1;                            // of which `rgb` is the first

  [[nodiscard]] bool is_16_bit() const { return rgb.depth() == CV_16U; }
};

}  // namespace stylize
