#include <catch2/catch.hpp>

#include "stylize/media/image_format.h"

using namespace stylize;

TEST_CASE("formats are found by name or ending, in any case", "[media]") {
  CHECK(find_format("jpg") == ImageFormat::kJpeg);
  CHECK(find_format(".JPEG") == ImageFormat::kJpeg);
  CHECK(find_format(".TiFF") == ImageFormat::kTiff);
  CHECK(find_format("heif") == ImageFormat::kHeic);
  CHECK_FALSE(find_format("bmp"));
  CHECK_FALSE(find_format(""));
}

TEST_CASE("each format's default ending leads back to it", "[media]") {
  for (const auto format :
       {ImageFormat::kJpeg, ImageFormat::kPng, ImageFormat::kWebp, ImageFormat::kTiff,
        ImageFormat::kHeic, ImageFormat::kAvif, ImageFormat::kGif}) {
    CHECK(find_format(default_extension(format)) == format);
  }
  CHECK(format_list() == "jpg, png, webp, tif, heic, avif, gif");
}
