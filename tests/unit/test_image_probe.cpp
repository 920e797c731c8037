#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "pictures.h"
#include "stylize/media/image_io.h"
#include "stylize/media/image_probe.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;

namespace {

std::size_t bytes_of(const cv::Mat& pixels) { return pixels.total() * pixels.elemSize(); }

// What probing says is what reading gives.
void check_probe(const std::string& path) {
  CAPTURE(path);
  const std::optional<ImageProbe> probe = probe_image(path);
  REQUIRE(probe);
  const Image image = read_image(path);
  CHECK(probe->size == image.rgb.size());
  CHECK(probe->decoded_bytes == bytes_of(image.rgb) + bytes_of(image.alpha));
}

}  // namespace

TEST_CASE("a probe knows size and memory of a picture before it is read", "[media]") {
  const TempDir dir;
  for (const char* name : {"a.png", "a.jpg", "a.webp", "a.tif", "a.heic", "a.avif", "a.gif"}) {
    save_picture(dir / name, colorful(70, 33));
    check_probe(dir / name);
  }
  save_picture(dir / "deep.png", colorful(70, 33, CV_16U));
  save_picture(dir / "alpha.png", cv::Mat(33, 70, CV_8UC4, cv::Scalar(1, 2, 3, 4)));
  save_picture(dir / "deep alpha.tif", cv::Mat(33, 70, CV_16UC4, cv::Scalar(1, 2, 3, 4)));
  save_picture(dir / "grey.png", cv::Mat(33, 70, CV_8UC1, cv::Scalar(7)));
  for (const char* name : {"deep.png", "alpha.png", "deep alpha.tif", "grey.png"}) {
    check_probe(dir / name);
  }
}

TEST_CASE("a probe of what is no picture is empty", "[media]") {
  const TempDir dir;
  save_picture(dir / "a.png", colorful(70, 33));
  write_file(dir / "empty.png", "");
  write_file(dir / "text.png", "this is no picture at all");
  write_file(dir / "cut.png", read_file(dir / "a.png").substr(0, 20));
  for (const char* name : {"empty.png", "text.png", "cut.png", "missing.png", "."}) {
    CAPTURE(name);
    CHECK_FALSE(probe_image(dir / name));
  }
}

TEST_CASE("a probe reads the header alone", "[media]") {
  const TempDir dir;
  save_picture(dir / "a.png", colorful(600, 400), "[compression=0]");
  write_file(dir / "a.png", read_file(dir / "a.png").substr(0, 5000));
  const std::optional<ImageProbe> probe = probe_image(dir / "a.png");
  REQUIRE(probe);
  CHECK(probe->size == cv::Size(600, 400));
}
