// What a file says about its picture before it is decoded.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include <opencv2/core.hpp>

namespace stylize {

struct ImageProbe {
  cv::Size size;                  // as stored; a turned picture comes out with the sides swapped
  std::size_t decoded_bytes = 0;  // of the samples that read_image makes of it
};

// Reads the header alone. Empty when the content is none of the formats that read_image reads or
// its header is damaged; read_image says why. Thread safe.
std::optional<ImageProbe> probe_image(const std::filesystem::path& path);

}  // namespace stylize
