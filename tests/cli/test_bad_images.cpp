#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

// A part of a whole file of the given format.
std::string truncated(const CliFixture& fixture, const std::string& ending, double part) {
  const std::string path = fixture.dir / ("whole" + ending);
  save_picture(path, colorful(200, 150));
  const std::string whole = read_file(path);
  std::filesystem::remove(path);
  return whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * part));
}

std::string with_damage(std::string bytes) {
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 40; ++i) {
    bytes[i] = static_cast<char>(~bytes[i]);
  }
  return bytes;
}

// The checksum of PNG chunks (ISO 3309).
std::string crc32_bytes(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0U ? 0xEDB88320U : 0U);
    }
  }
  crc = ~crc;
  std::string result;
  for (int shift = 24; shift >= 0; shift -= 8) {
    result.push_back(static_cast<char>((crc >> static_cast<unsigned>(shift)) & 0xFFU));
  }
  return result;
}

// A small PNG whose valid header claims a million pixels squared.
std::string huge_claim(const CliFixture& fixture) {
  std::string bytes = truncated(fixture, ".png", 1.0);
  const std::string side("\x00\x0F\x42\x40", 4);
  bytes.replace(16, 8, side + side);
  bytes.replace(29, 4, crc32_bytes(bytes.substr(12, 17)));
  return bytes;
}

struct BadImage {
  std::string name;
  std::function<std::string(const CliFixture&)> bytes;
  std::string message;
};

std::vector<BadImage> bad_images() {
  const auto fixed = [](const std::string& text) {
    return [text](const CliFixture&) { return text; };
  };
  const auto cut = [](const char* ending, double part) {
    return [ending, part](const CliFixture& fixture) { return truncated(fixture, ending, part); };
  };
  const std::string damaged = "damaged or incomplete";
  const std::string unknown = "not an image of a known format";
  return {
      {"empty.jpg", fixed(""), "the file is empty"},
      {"empty.png", fixed(""), "the file is empty"},
      {"one-byte.jpg", fixed("\xFF"), unknown},
      {"text.jpg", fixed("hello, I am no picture\n"), unknown},
      {"page.png", fixed("<!DOCTYPE html><html><body>quota exceeded</body></html>"), unknown},
      {"zeros.png", fixed(std::string(5000, '\0')), unknown},
      {"script.jpg", fixed("#!/bin/sh\nrm -rf /\n"), unknown},
      {"archive.png", fixed(std::string("PK\x03\x04") + std::string(100, 'x')), unknown},
      {"program.jpg",
       fixed(std::string("\x7F"
                         "ELF") +
             std::string(100, 'x')),
       unknown},
      {"old.bmp", fixed(std::string("BM") + std::string(200, '\x01')), unknown},
      {"drawing.svg", fixed("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
       unknown},
      {"paper.pdf", fixed("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"), unknown},
      {"plain.ppm", fixed("P6\n2 2\n255\n123456789012"), unknown},
      {"half.jpg", cut(".jpg", 0.5), damaged},
      {"almost.jpg", cut(".jpg", 0.95), damaged},
      {"head.jpg", cut(".jpg", 0.1), damaged},
      {"half.png", cut(".png", 0.5), damaged},
      {"head.png", cut(".png", 0.05), damaged},
      {"half.webp", cut(".webp", 0.5), damaged},
      {"half.tif", cut(".tif", 0.5), damaged},
      {"half.heic", cut(".heic", 0.5), damaged},
      {"half.avif", cut(".avif", 0.5), damaged},
      {"half.gif", cut(".gif", 0.4), damaged},
      {"damaged.png", [](const CliFixture& f) { return with_damage(truncated(f, ".png", 1.0)); },
       damaged},
      {"damaged.webp", [](const CliFixture& f) { return with_damage(truncated(f, ".webp", 1.0)); },
       damaged},
      {"huge.png", huge_claim, "1000000x1000000"},
  };
}

}  // namespace

TEST_CASE("each bad image is an error that says why, and nothing is written", "[images]") {
  const CliFixture fixture;
  for (const BadImage& bad : bad_images()) {
    CAPTURE(bad.name);
    write_file(fixture.dir / bad.name, bad.bytes(fixture));
    const std::vector<std::string> before = fixture.dir.names();
    const Finished run = fixture.run({bad.name});
    CHECK(run.code == 1);
    CHECK_THAT(run.err, Contains("error: " + bad.name + ": ") && Contains(bad.message));
    CHECK(fixture.dir.names() == before);
  }
}

TEST_CASE("all bad images together leave the good one untouched by them", "[images]") {
  const CliFixture fixture;
  Arguments arguments;
  for (const BadImage& bad : bad_images()) {
    write_file(fixture.dir / bad.name, bad.bytes(fixture));
    arguments.push_back(bad.name);
  }
  arguments.push_back("photo.png");
  arguments.insert(arguments.end(), {"-o", "out/", "-f", "png", "--on-exists", "rename"});
  const Finished run = fixture.run(arguments);
  CHECK(run.code == 3);
  CHECK(max_difference(load_pixels(fixture.dir / "out/photo.negative.png"), fixture.negative) ==
        0.0);
}

TEST_CASE("paths that are no files are errors", "[images]") {
  const CliFixture fixture;
  std::filesystem::create_directory(fixture.dir / "folder.png");
  std::filesystem::create_symlink("loop.png", fixture.dir / "loop.png");
  std::filesystem::create_symlink("nowhere.png", fixture.dir / "dangling.png");
  CHECK_THAT(fixture.run({"image", "missing.png"}).err, Contains("missing.png: no such file"));
  CHECK_THAT(fixture.run({"image", "folder.png"}).err, Contains("folder.png: is a folder"));
  CHECK_THAT(fixture.run({"image", "loop.png"}).err, Contains("loop.png: "));
  CHECK_THAT(fixture.run({"image", "dangling.png"}).err, Contains("dangling.png: no such file"));
  CHECK(fixture.run({"image", "loop.png"}).code == 1);
}

TEST_CASE("a file that may not be read is an error", "[images]") {
  if (::geteuid() == 0) {
    WARN("skipped: root may read everything");
    return;
  }
  const CliFixture fixture;
  ::chmod(fixture.photo.c_str(), 0);
  const Finished run = fixture.run({"photo.png"});
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Contains("permission denied"));
}

TEST_CASE("a wrong ending does not matter for reading", "[images]") {
  const CliFixture fixture;
  std::filesystem::copy_file(fixture.photo, fixture.dir / "photo.jpg");
  CHECK(fixture.run({"photo.jpg"}).code == 0);
  CHECK(read_file(fixture.dir / "photo.negative.jpg").substr(0, 2) == "\xFF\xD8");
}

TEST_CASE("of an animation the first frame is used, with a warning", "[images]") {
  const CliFixture fixture;
  cv::Mat frames;
  cv::vconcat(std::vector<cv::Mat>{fixture.pixels, fixture.negative, fixture.pixels}, frames);
  save_picture(fixture.dir / "frames.png", frames);
  vips::VImage animation = open_picture(fixture.dir / "frames.png").copy();
  animation.set("page-height", 30);
  for (const std::string name : {"moving.gif", "moving.webp"}) {
    animation.write_to_file((fixture.dir / name).c_str());
    REQUIRE(open_picture(fixture.dir / name).get_int("n-pages") == 3);
    const Finished run = fixture.run({name, "-o", name + ".png"});
    CHECK(run.code == 0);
    CHECK_THAT(run.err, Contains("warning: ") && Contains("holds 3 pictures"));
    CHECK(load_pixels(fixture.dir / (name + ".png")).size() == cv::Size(40, 30));
  }
}
