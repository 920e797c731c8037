#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;
using nlohmann::json;

namespace {

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(json::parse(line));
  }
  return lines;
}

}  // namespace

TEST_CASE("a picture comes in and goes out through pipes", "[streams]") {
  const CliFixture fixture;
  const RunSettings pipe{.input = read_file(fixture.photo)};
  for (const Arguments& arguments : {Arguments{"-"}, Arguments{"image", "-", "-o", "-"}}) {
    const Finished run = fixture.run(arguments, pipe);
    REQUIRE(run.code == 0);
    write_file(fixture.dir / "out.png", run.out);
    CHECK(max_difference(load_pixels(fixture.dir / "out.png"), fixture.negative) == 0.0);
  }
  const Finished named = fixture.run({"-", "-o", "named.webp"}, pipe);
  CHECK(named.code == 0);
  CHECK(named.out.empty());
  CHECK(load_pixels(fixture.dir / "named.webp").size() == cv::Size(40, 30));
  const Finished as_jpeg = fixture.run({"photo.png", "-o", "-", "-f", "jpg"});
  CHECK(as_jpeg.out.substr(0, 2) == "\xFF\xD8");
}

TEST_CASE("standard input is left alone unless asked for", "[streams]") {
  const CliFixture fixture;
  // The program shares a loop's standard input: it must not swallow the list.
  const std::string command = "cd '" + fixture.dir.path().string() +
                              "' && printf 'next.png\\n' | { '" STYLIZE_BINARY
                              "' photo.png --quiet --style negative.pt; cat; } >left";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(read_file(fixture.dir / "left") == "next.png\n");
}

TEST_CASE("a full or closed stream is an error", "[streams]") {
  const CliFixture fixture;
  const auto code = [&fixture](const std::string& rest) {
    const std::string command =
        "cd '" + fixture.dir.path().string() + "' && '" STYLIZE_BINARY "' " + rest + " 2>/dev/null";
    return WEXITSTATUS(std::system(command.c_str()));
  };
  CHECK(code("models list >/dev/full") == 1);
  CHECK(code("photo.png -y --style negative.pt --json >/dev/full") == 1);
  CHECK(code("photo.png -y --style negative.pt --report /dev/full") == 1);
  CHECK(code("photo.png --style negative.pt -o - >/dev/full") == 1);
  CHECK(code("- -o x.png --style negative.pt <&-") == 1);
}

TEST_CASE("an empty standard input is an error", "[streams]") {
  const CliFixture fixture;
  const Finished run = fixture.run({"-"});
  CHECK(run.code == 1);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, Contains("standard input"));
}

TEST_CASE("JSON has one object an input and a summary, and nothing else", "[streams]") {
  const CliFixture fixture;
  write_file(fixture.dir / "bad.png", "rubbish");
  save_picture(fixture.dir / "there.png", fixture.pixels);
  write_file(fixture.dir / "there.negative.png", "old");
  const Finished run =
      fixture.run({"photo.png", "bad.png", "there.png", "--json", "--report", "report.jsonl",
                   "--on-exists", "skip", "--device", "cpu", "--precision", "fp32"});
  CHECK(run.code == 3);
  const std::vector<json> lines = lines_of(run.out);
  REQUIRE(lines.size() == 4);
  // As they finish, the summary last.
  std::map<std::string, json> of;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    of[lines[i].at("input")] = lines[i];
  }
  const json& done = of.at("photo.png");
  CHECK(done.at("output") == "photo.negative.png");
  CHECK(done.at("status") == "done");
  CHECK(done.at("style") == "negative");
  CHECK(done.at("device") == "cpu");
  CHECK(done.at("precision") == "fp32");
  CHECK(done.at("width") == 40);
  CHECK(done.at("height") == 30);
  CHECK(done.at("faces").is_array());
  CHECK(done.at("ms").at("infer").get<double>() > 0.0);
  CHECK_FALSE(done.contains("error"));
  const json& failed = of.at("bad.png");
  CHECK(failed.at("status") == "failed");
  CHECK(failed.at("error").at("code") == "input-unsupported");
  CHECK_THAT(failed.at("error").at("message").get<std::string>(), Contains("bad.png"));
  CHECK(of.at("there.png").at("status") == "skipped");
  const json& summary = lines[3].at("summary");
  CHECK(summary.at("total") == 3);
  CHECK(summary.at("done") == 1);
  CHECK(summary.at("skipped") == 1);
  CHECK(summary.at("failed") == 1);
  CHECK(read_file(fixture.dir / "report.jsonl") == run.out);
}

TEST_CASE("names that are not UTF-8 do not break JSON", "[streams]") {
  const CliFixture fixture;
  const std::string name = "photo-\xff\xfe.png";
  write_file(fixture.dir / name, read_file(fixture.photo));
  const Finished run = fixture.run({name, "--json"});
  CHECK(run.code == 0);
  CHECK(lines_of(run.out).size() == 2);
  CHECK(load_pixels(fixture.dir / "photo-\xff\xfe.negative.png").size() == cv::Size(40, 30));
}

TEST_CASE("quiet says nothing, verbose more, and errors always", "[streams]") {
  const CliFixture fixture;
  CHECK(fixture.run({"photo.png", "-y", "--quiet"}).err.empty());
  CHECK_THAT(fixture.run({"photo.png", "-y", "-v"}).err, Contains("processor:"));
  CHECK_THAT(fixture.run({"missing.png", "--quiet"}).err, Contains("missing.png: no such file"));
  const Finished normal = fixture.run({"photo.png", "-y"});
  CHECK_THAT(normal.err, Contains("running on cpu") && !Contains("\r") && !Contains("\033"));
}

TEST_CASE("a reader that goes away is an error, not a crash", "[streams]") {
  const CliFixture fixture;
  save_picture(fixture.dir / "big.png", colorful(1200, 1200));
  const std::string command = "cd '" + fixture.dir.path().string() +
                              "' && { '" STYLIZE_BINARY
                              "' big.png -f tif -o - --max-size 1200 --style negative.pt 2>err; "
                              "echo $? >code; } | head -c 10 >/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(read_file(fixture.dir / "code") == "1\n");
  CHECK_THAT(read_file(fixture.dir / "err"), Contains("standard output"));
}
