#include <catch2/catch.hpp>
#include <string>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;

TEST_CASE("a photo becomes a styled one beside it", "[images]") {
  const CliFixture fixture;
  const std::string before = read_file(fixture.photo);
  for (const bool shortcut : {true, false}) {
    Arguments arguments{fixture.photo, "-y"};
    if (!shortcut) {
      arguments.insert(arguments.begin(), "image");
    }
    const Finished run = fixture.run(arguments);
    CHECK(run.code == 0);
    CHECK(run.out.empty());
    CHECK_THAT(run.err, Contains("photo.negative.png") && Contains("40x30"));
    CHECK(max_difference(load_pixels(fixture.dir / "photo.negative.png"), fixture.negative) == 0.0);
  }
  CHECK(read_file(fixture.photo) == before);
}

TEST_CASE("the bundled style draws a real photo without being named", "[images]") {
  const TempDir dir;
  const std::string photo = STYLIZE_SOURCE_DIR "/docs/astronaut.jpg";
  const Finished run = run_stylize({photo, "-o", dir / "out.png", "--work-size", "128"},
                                   {.environment = {{"XDG_DATA_HOME", dir / "data"}}});
  REQUIRE(run.code == 0);
  const cv::Mat in = load_pixels(photo);
  const cv::Mat out = load_pixels(dir / "out.png");
  REQUIRE(out.size() == in.size());
  CHECK(mean_difference(in, out) > 2.0);   // something was drawn
  CHECK(mean_difference(in, out) < 60.0);  // of this photo
}

TEST_CASE("several inputs go into a folder that is made for them", "[images]") {
  const CliFixture fixture;
  save_picture(fixture.dir / "second photo [1].jpg", fixture.pixels);
  save_picture(fixture.dir / "drittes größe.png", fixture.pixels);
  const Finished run =
      fixture.run({"photo.png", "second photo [1].jpg", "drittes größe.png", "-o", "out/deep"});
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("[3/3]") && Contains("3 of 3 done"));
  for (const char* name :
       {"photo.negative.png", "second photo [1].negative.jpg", "drittes größe.negative.png"}) {
    CHECK(load_pixels(fixture.dir / ("out/deep/" + std::string(name))).size() == cv::Size(40, 30));
  }
}

TEST_CASE("every format can be written and read back", "[images]") {
  const CliFixture fixture;
  for (const std::string format : {"jpg", "png", "webp", "tif", "heic", "avif", "gif"}) {
    CAPTURE(format);
    const Finished run = fixture.run({"photo.png", "-f", format});
    CHECK(run.code == 0);
    const std::string output = fixture.dir / ("photo.negative." + format);
    CHECK(load_pixels(output).size() == cv::Size(40, 30));
    // and is taken as an input again
    CHECK(fixture.run({output, "-o", fixture.dir / ("again." + format)}).code == 0);
  }
}

TEST_CASE("quality decides the size of lossy files", "[images]") {
  const CliFixture fixture;
  CHECK(fixture.run({"photo.png", "-o", "low.jpg", "-q", "10"}).code == 0);
  CHECK(fixture.run({"photo.png", "-o", "high.jpg", "-q", "98"}).code == 0);
  CHECK(2 * read_file(fixture.dir / "low.jpg").size() < read_file(fixture.dir / "high.jpg").size());
}

TEST_CASE("strength 0 is the input, 0.5 half way, 1 the style", "[images]") {
  const CliFixture fixture;
  CHECK(fixture.run({"photo.png", "-o", "0.png", "--strength", "0"}).code == 0);
  CHECK(fixture.run({"photo.png", "-o", "5.png", "--strength", "0.5"}).code == 0);
  CHECK(max_difference(load_pixels(fixture.dir / "0.png"), fixture.pixels) == 0.0);
  const cv::Mat half(30, 40, CV_8UC3, cv::Scalar::all(127.5));
  CHECK(max_difference(load_pixels(fixture.dir / "5.png"), half) <= 1.0);
}

TEST_CASE("keeping colours keeps hue, comparing puts both side by side", "[images]") {
  const CliFixture fixture;
  CHECK(fixture.run({"photo.png", "-o", "k.png", "--keep-colors"}).code == 0);
  const cv::Mat kept = load_pixels(fixture.dir / "k.png");
  const auto& before = fixture.pixels.at<cv::Vec3b>(10, 13);  // in the red disc
  const auto& after = kept.at<cv::Vec3b>(10, 13);
  CHECK(before[0] > before[2]);
  CHECK(after[0] > after[2]);
  CHECK(max_difference(kept, fixture.pixels) > 20.0);

  CHECK(fixture.run({"photo.png", "-o", "c.png", "--compare"}).code == 0);
  const cv::Mat both = load_pixels(fixture.dir / "c.png");
  REQUIRE(both.size() == cv::Size(80, 30));
  CHECK(max_difference(both.colRange(0, 40), fixture.pixels) == 0.0);
  CHECK(max_difference(both.colRange(40, 80), fixture.negative) == 0.0);
}

TEST_CASE("sizes: the output shrinks only with --max-size", "[images]") {
  const CliFixture fixture;
  save_picture(fixture.dir / "large.png", colorful(900, 450));
  CHECK(fixture.run({"large.png", "-o", "a.png"}).code == 0);
  CHECK(fixture.run({"large.png", "-o", "b.png", "--work-size", "native"}).code == 0);
  CHECK(fixture.run({"large.png", "-o", "c.png", "--work-size", "100"}).code == 0);
  CHECK(fixture.run({"large.png", "-o", "d.png", "--max-size", "90"}).code == 0);
  for (const char* name : {"a.png", "b.png", "c.png"}) {
    CHECK(load_pixels(fixture.dir / name).size() == cv::Size(900, 450));
  }
  CHECK(load_pixels(fixture.dir / "d.png").size() == cv::Size(90, 45));
}

TEST_CASE("odd sizes from one pixel on keep their size", "[images]") {
  const CliFixture fixture;
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(2, 7), cv::Size(7, 3), cv::Size(1, 900),
                              cv::Size(901, 1), cv::Size(33, 17)}) {
    CAPTURE(size.width, size.height);
    save_picture(fixture.dir / "odd.png", colorful(size.width, size.height));
    CHECK(fixture.run({"odd.png", "-y", "--work-size", "native"}).code == 0);
    cv::Mat negative;
    cv::subtract(cv::Scalar::all(255.0), colorful(size.width, size.height), negative);
    CHECK(max_difference(load_pixels(fixture.dir / "odd.negative.png"), negative) == 0.0);
    CHECK(fixture.run({"odd.png", "-y"}).code == 0);
  }
}

TEST_CASE("the same input gives the same bytes", "[images]") {
  const TempDir dir;
  const std::string photo = STYLIZE_SOURCE_DIR "/docs/astronaut.jpg";
  for (const char* name : {"1.png", "2.png"}) {
    REQUIRE(run_stylize({photo, "-o", dir / name, "--max-size", "160", "-t", "2"}).code == 0);
  }
  CHECK(read_file(dir / "1.png") == read_file(dir / "2.png"));
}

TEST_CASE("an existing output is an error, kept, replaced or numbered", "[images]") {
  const CliFixture fixture;
  const std::string output = fixture.dir / "photo.negative.png";
  write_file(output, "precious");
  Finished run = fixture.run({"photo.png"});
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("photo.negative.png: exists already") && Contains("-y"));
  run = fixture.run({"photo.png", "--on-exists", "skip"});
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("skipped"));
  CHECK(read_file(output) == "precious");
  CHECK(fixture.run({"photo.png", "--on-exists", "rename"}).code == 0);
  CHECK(load_pixels(fixture.dir / "photo.negative-1.png").size() == cv::Size(40, 30));
  CHECK(read_file(output) == "precious");
  CHECK(fixture.run({"photo.png", "-y"}).code == 0);
  CHECK(load_pixels(output).size() == cv::Size(40, 30));
}

TEST_CASE("one bad file never ends the rest", "[images]") {
  const CliFixture fixture;
  write_file(fixture.dir / "bad.png", "rubbish");
  save_picture(fixture.dir / "last.png", fixture.pixels);
  Finished run = fixture.run({"photo.png", "bad.png", "last.png", "missing.png"});
  CHECK(run.code == 3);
  CHECK_THAT(run.err, Contains("/4] bad.png: cannot read image") &&
                          Contains("missing.png: no such file") &&
                          Contains("2 of 4 done, 0 skipped, 2 failed"));
  CHECK(load_pixels(fixture.dir / "last.negative.png").size() == cv::Size(40, 30));
  run = fixture.run({"bad.png", "missing.png"});
  CHECK(run.code == 1);
  run = fixture.run({"bad.png", "last.png", "--fail-fast", "-y"});
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Contains("1 not started"));
}

TEST_CASE("a dry run says what would be done and does nothing", "[images]") {
  const CliFixture fixture;
  const std::vector<std::string> before = fixture.dir.names();
  const Finished run = fixture.run({"photo.png", "-o", "out/", "--dry-run"});
  CHECK(run.code == 0);
  CHECK(run.out == "photo.png -> out/photo.negative.png\n");
  CHECK(fixture.dir.names() == before);
}
