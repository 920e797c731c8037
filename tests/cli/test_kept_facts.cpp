// What a picture had, it keeps: through the program, file to file.
#include <catch2/catch.hpp>
#include <string>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

std::string profile_of(const vips::VImage& image) {
  if (image.get_typeof(VIPS_META_ICC_NAME) == 0) {
    return {};
  }
  std::size_t size = 0;
  const void* data = image.get_blob(VIPS_META_ICC_NAME, &size);
  return {static_cast<const char*>(data), size};
}

// A JPEG as a phone makes it: turned, with EXIF, XMP and a wide-gamut profile.
void save_phone_photo(const CliFixture& fixture, const std::string& path) {
  vips::VImage image =
      open_picture(fixture.photo)
          .icc_transform("p3", vips::VImage::option()->set("input_profile", "srgb"))
          .copy();
  image.set("orientation", 6);
  image.set("exif-ifd0-Model", "Phone (Phone, ASCII, 6 components, 6 bytes)");
  const std::string xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>";
  vips_image_set_blob_copy(image.get_image(), VIPS_META_XMP_NAME, xmp.data(), xmp.size());
  image.write_to_file((path + "[Q=98]").c_str());
}

}  // namespace

TEST_CASE("a phone's photo keeps EXIF, XMP and profile and comes out upright", "[facts]") {
  const CliFixture fixture;
  save_phone_photo(fixture, fixture.dir / "phone.jpg");
  const std::string profile = profile_of(open_picture(fixture.dir / "phone.jpg"));
  REQUIRE(profile.size() > 100);
  REQUIRE(fixture.run({"phone.jpg"}).code == 0);
  const vips::VImage out = open_picture(fixture.dir / "phone.negative.jpg");
  CHECK(out.width() == 30);
  CHECK(out.height() == 40);
  CHECK(exif_orientation(fixture.dir / "phone.negative.jpg") <= 1);
  CHECK(profile_of(out) == profile);
  CHECK(out.get_typeof(VIPS_META_XMP_NAME) != 0);
  REQUIRE(out.get_typeof("exif-ifd0-Model") != 0);
  CHECK_THAT(std::string(out.get_string("exif-ifd0-Model")), Catch::StartsWith("Phone"));

  REQUIRE(fixture.run({"phone.jpg", "-o", "bare.jpg", "--strip"}).code == 0);
  const vips::VImage bare = open_picture(fixture.dir / "bare.jpg");
  CHECK(bare.get_typeof(VIPS_META_XMP_NAME) == 0);
  CHECK(bare.get_typeof("exif-ifd0-Model") == 0);
  CHECK(profile_of(bare) == profile);
}

TEST_CASE("the network sees sRGB; a colour-managed viewer sees what it painted", "[facts]") {
  const CliFixture fixture;
  // The same picture in Display P3 and in sRGB must look the same after styling.
  open_picture(fixture.photo)
      .icc_transform("p3", vips::VImage::option()->set("input_profile", "srgb"))
      .write_to_file((fixture.dir / "p3.png").c_str());
  REQUIRE(fixture.run({"p3.png"}).code == 0);
  open_picture(fixture.dir / "p3.negative.png")
      .icc_transform("srgb", vips::VImage::option()->set("embedded", true))
      .write_to_file((fixture.dir / "viewed.png").c_str());
  CHECK(mean_difference(load_pixels(fixture.dir / "viewed.png"), fixture.negative) <= 1.0);
  // And strength 0 gives the samples of the file, not converted there and back.
  REQUIRE(fixture.run({"p3.png", "-o", "same.png", "--strength", "0"}).code == 0);
  CHECK(max_difference(load_pixels(fixture.dir / "same.png"),
                       load_pixels(fixture.dir / "p3.png")) == 0.0);
}

TEST_CASE("16 bits stay 16 bits, alpha stays as it was", "[facts]") {
  const CliFixture fixture;
  const cv::Mat deep = colorful(20, 20, CV_16U);
  save_picture(fixture.dir / "deep.tif", deep);
  REQUIRE(fixture.run({"deep.tif"}).code == 0);
  cv::Mat negative;
  cv::subtract(cv::Scalar::all(65535.0), deep, negative);
  CHECK(max_difference(load_pixels(fixture.dir / "deep.negative.tif"), negative) == 0.0);
  REQUIRE(fixture.run({"deep.tif", "-o", "flat.jpg"}).code == 0);
  CHECK(load_pixels(fixture.dir / "flat.jpg").depth() == CV_8U);

  cv::Mat with_alpha;
  cv::Mat alpha(30, 40, CV_8UC1);
  cv::randu(alpha, 0, 256);
  cv::merge(std::vector<cv::Mat>{fixture.pixels, alpha}, with_alpha);
  save_picture(fixture.dir / "alpha.png", with_alpha);
  REQUIRE(fixture.run({"alpha.png"}).code == 0);
  cv::Mat kept;
  cv::extractChannel(load_pixels(fixture.dir / "alpha.negative.png"), kept, 3);
  CHECK(max_difference(kept, alpha) == 0.0);
  const Finished to_jpeg = fixture.run({"alpha.png", "-o", "alpha.jpg"});
  CHECK(to_jpeg.code == 0);
  CHECK_THAT(to_jpeg.err, Contains("warning: ") && Contains("laid on white"));
}

TEST_CASE("grey, palette and CMYK pictures come out RGB", "[facts]") {
  const CliFixture fixture;
  cv::Mat grey;
  cv::extractChannel(fixture.pixels, grey, 0);
  save_picture(fixture.dir / "grey.png", grey);
  save_picture(fixture.dir / "palette.png", fixture.pixels, "[palette]");
  open_picture(fixture.photo)
      .icc_transform("cmyk", vips::VImage::option()->set("input_profile", "srgb"))
      .write_to_file((fixture.dir / "cmyk.jpg").c_str());
  for (const std::string name : {"grey.png", "palette.png", "cmyk.jpg"}) {
    CAPTURE(name);
    REQUIRE(fixture.run({name, "-o", "out-" + name + ".png"}).code == 0);
    const cv::Mat out = load_pixels(fixture.dir / ("out-" + name + ".png"));
    CHECK(out.channels() == 3);
    CHECK(out.size() == cv::Size(40, 30));
  }
}
