#include <catch2/catch.hpp>

#include "stylize/media/media_info.h"

using namespace stylize;

TEST_CASE("the image libraries tell what they can do", "[media]") {
  const std::vector<FormatSupport> formats = probe_formats();
  CHECK(formats.size() == 7);
  for (const FormatSupport& support : formats) {
    INFO(format_name(support.format));
    CHECK(support.readable);  // Debian's libvips has all of them
    CHECK(support.writable);
  }
  CHECK(vips_library_version().starts_with("8."));
  CHECK_FALSE(opencv_library_version().empty());
}
