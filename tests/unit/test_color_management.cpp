#include <catch2/catch.hpp>
#include <string>

#include "pictures.h"
#include "src/media/vips_runtime.h"
#include "stylize/core/error.h"
#include "stylize/media/color_management.h"

using namespace stylize;
using namespace stylize::test;

namespace {

std::string built_in_profile(const char* name) {
  ensure_vips();
  VipsBlob* blob = nullptr;
  REQUIRE(vips_profile_load(name, &blob, nullptr) == 0);
  std::size_t size = 0;
  const void* data = vips_blob_get(blob, &size);
  std::string bytes(static_cast<const char*>(data), size);
  vips_area_unref(VIPS_AREA(blob));
  return bytes;
}

}  // namespace

TEST_CASE("no profile and the sRGB profile change nothing", "[media]") {
  CHECK(ColorConverter("").is_identity());
  const ColorConverter srgb(srgb_profile());
  CHECK(srgb.is_identity());
  const cv::Mat picture = colorful(40, 30);
  CHECK(srgb.to_srgb(picture).data == picture.data);
}

TEST_CASE("a wide-gamut picture goes to sRGB and back", "[media]") {
  const ColorConverter p3(built_in_profile("p3"));
  REQUIRE_FALSE(p3.is_identity());
  for (const int depth : {CV_8U, CV_16U}) {
    // Muted colours lie in both gamuts, so the way back must restore them.
    cv::Mat muted;
    colorful(60, 50, depth).convertTo(muted, depth, 0.3, depth == CV_8U ? 90.0 : 23130.0);
    const cv::Mat srgb = p3.to_srgb(muted);
    REQUIRE(srgb.type() == muted.type());
    const double level = depth == CV_8U ? 1.0 : 257.0;
    CHECK(max_difference(srgb, muted) > 2 * level);
    CHECK(max_difference(p3.from_srgb(srgb), muted) <= 2 * level);
  }
}

TEST_CASE("a saturated colour needs larger sRGB numbers than Display P3 ones", "[media]") {
  const ColorConverter p3(built_in_profile("p3"));
  const cv::Mat red(1, 1, CV_8UC3, cv::Scalar(200, 60, 50));
  CHECK(p3.to_srgb(red).at<cv::Vec3b>(0, 0)[0] > 205);
}

TEST_CASE("profiles that cannot serve an RGB picture are refused", "[media]") {
  CHECK_THROWS_AS(ColorConverter("no profile at all"), Error);
  CHECK_THROWS_AS(ColorConverter(built_in_profile("cmyk")), Error);
}
