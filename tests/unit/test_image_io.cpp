#include <catch2/catch.hpp>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/color_management.h"
#include "stylize/media/image_io.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;

namespace {

void save(const Image& image, const std::string& path, ImageFormat format, bool strip = false) {
  const EncodeOptions options{.format = format, .quality = {}, .strip = strip};
  write_file_atomically(path, encode_image(image, options, path), Overwrite::kYes);
}

ErrorCode code_of_read(const std::string& path) {
  try {
    read_image(path);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kUsage;
}

}  // namespace

TEST_CASE("lossless formats bring every sample back", "[media]") {
  const TempDir dir;
  for (const int depth : {CV_8U, CV_16U}) {
    const cv::Mat pixels = colorful(37, 23, depth);
    save_picture(dir / "in.png", pixels);
    const Image image = read_image(dir / "in.png");
    CHECK(image.format == ImageFormat::kPng);
    CHECK(image.is_16_bit() == (depth == CV_16U));
    CHECK(image.alpha.empty());
    CHECK(image.icc.empty());
    CHECK(max_difference(image.rgb, pixels) == 0.0);
    save(image, dir / "out.tif", ImageFormat::kTiff);
    CHECK(max_difference(load_pixels(dir / "out.tif"), pixels) == 0.0);
  }
}

TEST_CASE("alpha is kept, or laid on white where the format has none", "[media]") {
  const TempDir dir;
  cv::Mat pixels(4, 6, CV_8UC4, cv::Scalar(10, 20, 30, 255));
  pixels.at<cv::Vec4b>(1, 2) = {200, 100, 50, 0};
  save_picture(dir / "in.png", pixels);
  const Image image = read_image(dir / "in.png");
  REQUIRE(image.alpha.size() == pixels.size());
  save(image, dir / "out.png", ImageFormat::kPng);
  CHECK(max_difference(load_pixels(dir / "out.png"), pixels) == 0.0);
  save(image, dir / "out.jpg", ImageFormat::kJpeg);
  const cv::Mat flat = load_pixels(dir / "out.jpg");
  REQUIRE(flat.channels() == 3);
  CHECK(flat.at<cv::Vec3b>(1, 2)[2] > 150);
}

TEST_CASE("grey, with and without alpha, comes out RGB", "[media]") {
  const TempDir dir;
  save_picture(dir / "grey.png", cv::Mat(5, 5, CV_8UC1, cv::Scalar(77)));
  const Image grey = read_image(dir / "grey.png");
  REQUIRE(grey.rgb.channels() == 3);
  CHECK(grey.rgb.at<cv::Vec3b>(2, 2) == cv::Vec3b(77, 77, 77));
  save_picture(dir / "deep.png", cv::Mat(5, 5, CV_16UC2, cv::Scalar(30000, 65535)));
  const Image deep = read_image(dir / "deep.png");
  REQUIRE(deep.is_16_bit());
  CHECK(deep.rgb.at<cv::Vec3w>(0, 0) == cv::Vec3w(30000, 30000, 30000));
  CHECK(deep.alpha.at<std::uint16_t>(0, 0) == 65535);
}

TEST_CASE("orientation is applied and its tag cleared, other EXIF stays", "[media]") {
  const TempDir dir;
  cv::Mat pixels(20, 30, CV_8UC3, cv::Scalar(20, 20, 20));
  pixels(cv::Rect(0, 0, 10, 10)).setTo(cv::Scalar(240, 30, 30));  // red top left
  save_picture(dir / "plain.jpg", pixels, "[Q=95]");
  vips::VImage tagged = open_picture(dir / "plain.jpg").copy();
  tagged.set("orientation", 6);  // shown turned right
  tagged.set("exif-ifd0-Make", "Acme (Acme, ASCII, 5 components, 5 bytes)");
  tagged.write_to_file((dir / "turned.jpg").c_str());
  REQUIRE(exif_orientation(dir / "turned.jpg") == 6);

  const Image image = read_image(dir / "turned.jpg");
  CHECK(image.rgb.size() == cv::Size(20, 30));
  CHECK(image.rgb.at<cv::Vec3b>(4, 15)[0] > 200);  // red is top right now
  save(image, dir / "out.jpg", ImageFormat::kJpeg);
  CHECK(exif_orientation(dir / "out.jpg") <= 1);
  const vips::VImage out = open_picture(dir / "out.jpg");
  REQUIRE(out.get_typeof("exif-ifd0-Make") != 0);
  CHECK(std::string(out.get_string("exif-ifd0-Make")).find("Acme") == 0);

  save(image, dir / "bare.jpg", ImageFormat::kJpeg, true);
  CHECK(open_picture(dir / "bare.jpg").get_typeof("exif-ifd0-Make") == 0);
}

TEST_CASE("CMYK comes out as sRGB and says so", "[media]") {
  const TempDir dir;
  save_picture(dir / "rgb.png", cv::Mat(16, 16, CV_8UC3, cv::Scalar(200, 40, 40)));
  open_picture(dir / "rgb.png")
      .icc_transform("cmyk", vips::VImage::option()->set("input_profile", "srgb"))
      .write_to_file((dir / "cmyk.jpg").c_str());
  REQUIRE(open_picture(dir / "cmyk.jpg").interpretation() == VIPS_INTERPRETATION_CMYK);
  const Image image = read_image(dir / "cmyk.jpg");
  REQUIRE(image.rgb.channels() == 3);
  CHECK(image.alpha.empty());
  const cv::Vec3b color = image.rgb.at<cv::Vec3b>(8, 8);
  CHECK(color[0] > 170);
  CHECK(color[1] < 90);
  CHECK(ColorConverter(image.icc).is_identity());
  CHECK_FALSE(image.icc.empty());
}

TEST_CASE("the thumbnail of the old picture does not travel along", "[media]") {
  const TempDir dir;
  save_picture(dir / "plain.jpg", colorful(64, 48), "[Q=90]");
  // libvips writes a thumbnail into EXIF when it has one to write.
  vips::VImage with_thumbnail = open_picture(dir / "plain.jpg").copy();
  with_thumbnail.set("exif-ifd0-Make", "Acme (Acme, ASCII, 5 components, 5 bytes)");
  const std::string thumbnail = read_file(dir / "plain.jpg");
  vips_image_set_blob_copy(with_thumbnail.get_image(), "jpeg-thumbnail-data", thumbnail.data(),
                           thumbnail.size());
  with_thumbnail.write_to_file((dir / "in.jpg").c_str());
  const std::string head = thumbnail.substr(0, 200);
  REQUIRE(read_file(dir / "in.jpg").find(head, 1) != std::string::npos);

  save(read_image(dir / "in.jpg"), dir / "out.jpg", ImageFormat::kJpeg);
  CHECK(read_file(dir / "out.jpg").find(head, 1) == std::string::npos);
  CHECK(open_picture(dir / "out.jpg").get_typeof("jpeg-thumbnail-data") == 0);
  CHECK(open_picture(dir / "out.jpg").get_typeof("exif-ifd0-Make") != 0);
}

TEST_CASE("floating-point samples are refused, Lab is converted", "[media]") {
  const TempDir dir;
  save_picture(dir / "rgb.png", cv::Mat(8, 8, CV_8UC3, cv::Scalar(38, 52, 43)));
  const vips::VImage rgb = open_picture(dir / "rgb.png");
  rgb.cast(VIPS_FORMAT_FLOAT).write_to_file((dir / "float.tif").c_str());
  CHECK(code_of_read(dir / "float.tif") == ErrorCode::kInputUnsupported);
  rgb.colourspace(VIPS_INTERPRETATION_LAB).write_to_file((dir / "lab.tif").c_str());
  const Image lab = read_image(dir / "lab.tif");
  cv::Mat pixels = lab.rgb;
  if (lab.is_16_bit()) {
    pixels.convertTo(pixels, CV_8U, 1.0 / 257.0);
  }
  CHECK(max_difference(pixels, cv::Mat(8, 8, CV_8UC3, cv::Scalar(38, 52, 43))) <= 2.0);
}

TEST_CASE("a damaged colour profile costs the profile, not the picture", "[media]") {
  const TempDir dir;
  save_picture(dir / "plain.png", colorful(8, 8));
  vips::VImage broken = open_picture(dir / "plain.png").copy();
  const std::string rubbish(200, 'x');
  vips_image_set_blob_copy(broken.get_image(), VIPS_META_ICC_NAME, rubbish.data(), rubbish.size());
  broken.write_to_file((dir / "broken.jpg").c_str());
  const Image image = read_image(dir / "broken.jpg");
  CHECK(image.rgb.size() == cv::Size(8, 8));
}

TEST_CASE("what cannot be read is told apart", "[media]") {
  const TempDir dir;
  write_file(dir / "empty.jpg", "");
  write_file(dir / "text.jpg", "this is no picture\n");
  save_picture(dir / "whole.jpg", colorful(64, 64));
  const std::string whole = read_file(dir / "whole.jpg");
  write_file(dir / "cut.jpg", whole.substr(0, whole.size() / 2));
  CHECK(code_of_read(dir / "missing.jpg") == ErrorCode::kInputMissing);
  CHECK(code_of_read(dir.path()) == ErrorCode::kInputUnsupported);
  CHECK(code_of_read(dir / "empty.jpg") == ErrorCode::kInputCorrupt);
  CHECK(code_of_read(dir / "text.jpg") == ErrorCode::kInputUnsupported);
  CHECK(code_of_read(dir / "cut.jpg") == ErrorCode::kInputCorrupt);
}

TEST_CASE("half a picture is never taken for a whole one, however often", "[media]") {
  const TempDir dir;
  set_media_threads(2);  // libvips lost its error between two threads
  for (int i = 0; i < 40; ++i) {
    cv::Mat noise(20 + 3 * i, 150 - 3 * i, CV_8UC3);
    cv::randu(noise, 0, 256);
    save_picture(dir / "whole.png", noise);
    const std::string whole = read_file(dir / "whole.png");
    write_file(dir / "half.png", whole.substr(0, whole.size() / 2));
    for (int times = 0; times < 50; ++times) {
      CHECK(code_of_read(dir / "half.png") == ErrorCode::kInputCorrupt);
    }
  }
}

TEST_CASE("files read at once do not take one another's errors", "[media]") {
  const TempDir dir;
  save_picture(dir / "whole.png", colorful(64, 64));
  const std::string whole = read_file(dir / "whole.png");
  write_file(dir / "cut.png", whole.substr(0, whole.size() / 2));
  write_file(dir / "text.png", "this is no picture\n");
  std::vector<std::future<int>> readers;
  for (const auto& [name, code] : {std::pair("cut.png", ErrorCode::kInputCorrupt),
                                   std::pair("text.png", ErrorCode::kInputUnsupported),
                                   std::pair("cut.png", ErrorCode::kInputCorrupt)}) {
    readers.push_back(std::async(std::launch::async, [path = dir / name, code = code] {
      int wrong = 0;
      for (int i = 0; i < 300; ++i) {
        wrong += code_of_read(path) == code ? 0 : 1;
      }
      return wrong;
    }));
  }
  for (std::future<int>& reader : readers) {
    CHECK(reader.get() == 0);
  }
}

TEST_CASE("a side that a format cannot hold is an error with a way out", "[media]") {
  Image image;
  image.rgb = cv::Mat(1, 20000, CV_8UC3, cv::Scalar::all(0));
  CHECK_THROWS_WITH(
      encode_image(image, {.format = ImageFormat::kWebp, .quality = {}}, "out.webp"),
      Catch::Contains("out.webp") && Catch::Contains("20000") && Catch::Contains("-f"));
}
