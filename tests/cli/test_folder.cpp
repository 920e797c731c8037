// `stylize folder`: what is taken in, where it goes, and what is said about it.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "folder_fixture.h"

using namespace stylize::test;
using namespace std::string_literals;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

Names names(const Files& files) {
  Names list;
  for (const auto& [name, content] : files) {
    list.push_back(name);
  }
  return list;
}

cv::Mat negative_of(const std::string& path) {
  cv::Mat negative;
  cv::subtract(cv::Scalar::all(255.0), load_pixels(path), negative);
  return negative;
}

}  // namespace

TEST_CASE("a folder becomes a styled one with the same tree", "[folder]") {
  const FolderFixture fixture;
  fixture.fill();
  const Files before = fixture.in();
  const Finished run = fixture.folder();
  CHECK(run.code == 0);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, Contains("6 files to out, 1 other file is no picture"));
  CHECK_THAT(run.err, Contains("6 of 6 done, 0 skipped, 0 failed"));
  CHECK_THAT(run.err, !Contains("\r") && !Contains("\033"));  // no terminal, no bar
  CHECK(names(fixture.out()) == Names{"a.png", "b.jpg", "sub/a.png", "sub/deep/c [1].webp",
                                      "sub/deep/d.PNG", "with space/größe 猫.tif"});
  for (const char* lossless : {"a.png", "sub/a.png", "sub/deep/d.PNG", "with space/größe 猫.tif"}) {
    CHECK(max_difference(load_pixels(fixture.dir / ("out/" + std::string(lossless))),
                         negative_of(fixture.dir / ("in/" + std::string(lossless)))) == 0.0);
  }
  CHECK(fixture.in() == before);
  CHECK(left_behind(fixture.dir.path()).empty());
}

TEST_CASE("without -o the results lie beside the folder, named after the style", "[folder]") {
  const FolderFixture fixture;
  fixture.picture("a.png");
  for (const Arguments& way :
       {Arguments{"folder", "in/"}, Arguments{"in"}, Arguments{"folder", fixture.dir / "in"}}) {
    CHECK(fixture.run(way).code == 0);
    CHECK(fs::exists(fixture.dir / "in.negative/a.png"));
    fs::remove_all(fixture.dir / "in.negative");
  }
  // From inside, too.
  CHECK(fixture.run({"folder", "."}, {.folder = fixture.dir / "in"}).code == 0);
  CHECK(fs::exists(fixture.dir / "in.negative/a.png"));
}

TEST_CASE("a folder without the command's name takes its options, a picture does not", "[folder]") {
  const FolderFixture fixture;
  fixture.fill();
  const Finished run = fixture.run({"in", "-o", "out", "--include", "*.png", "--copy-others",
                                    "--pattern", "{stem}-{style}{ext}", "--json"});
  CHECK(run.code == 0);
  CHECK(JsonReport(run.out).summary.at("total") == 2);
  CHECK(names(fixture.out()) == Names{"a-negative.png", "sub/a-negative.png"});
  const Finished picture = fixture.run({"photo.png", "--force"});
  CHECK(picture.code == 2);
  CHECK_THAT(picture.err, Contains("--force: is for folders"));
  const Finished two = fixture.run({"in", "photo.png"});
  CHECK(two.code == 2);
  CHECK_THAT(two.err, Contains("in: is a folder"));
}

TEST_CASE("JSON lines and report tell the same of every input", "[folder]") {
  const FolderFixture fixture;
  fixture.fill();
  fixture.file("sub/broken.png", "no picture at all");
  const Finished run = fixture.folder({"--json", "--report", "run.jsonl", "--copy-others"});
  CHECK(run.code == 3);
  CHECK(read_file(fixture.dir / "run.jsonl") == run.out);
  const JsonReport report(run.out);
  CHECK(report.entries.size() == 8);
  const auto& done = report.entries.at("in/sub/deep/c [1].webp");
  CHECK(done.at("status") == "done");
  CHECK(done.at("output") == "out/sub/deep/c [1].webp");
  CHECK(done.at("style") == "negative");
  CHECK(done.at("device") == "cpu");
  CHECK(done.at("precision") == "fp32");
  CHECK(done.at("width") == 16);
  CHECK(done.at("height") == 12);
  CHECK(done.at("faces").empty());
  for (const char* step : {"load", "detect", "infer", "save"}) {
    CHECK(done.at("ms").at(step) >= 0.0);
  }
  CHECK(report.entries.at("in/notes.txt").at("status") == "copied");
  const auto& failed = report.entries.at("in/sub/broken.png");
  CHECK(failed.at("status") == "failed");
  CHECK(failed.at("output").is_null());
  CHECK(failed.at("error").at("code") == "input-unsupported");
  CHECK_THAT(failed.at("error").at("message").get<std::string>(), Contains("in/sub/broken.png"));
  CHECK(report.summary.at("total") == 8);
  CHECK(report.summary.at("done") == 6);
  CHECK(report.summary.at("copied") == 1);
  CHECK(report.summary.at("failed") == 1);
  CHECK(report.summary.at("skipped") == 0);
  CHECK(report.summary.at("interrupted") == false);
}

TEST_CASE("names that are no UTF-8 are styled, and JSON stays JSON", "[folder]") {
  const FolderFixture fixture;
  const std::string name = "caf\xE9 \xFF.png";
  fixture.picture(name);
  fixture.picture("sub\xFE/a.png", 1);
  const Finished run = fixture.folder({"--json"});
  CHECK(run.code == 0);
  CHECK(JsonReport(run.out).entries.size() == 2);
  CHECK(names(fixture.out()) == Names{name, "sub\xFE/a.png"});
  CHECK(JsonReport(fixture.folder({"--json"}).out).summary.at("skipped") == 2);
}

TEST_CASE("exit codes tell all, some and none apart", "[folder]") {
  const FolderFixture fixture;
  fixture.picture("a.png");
  CHECK(fixture.folder().code == 0);
  fixture.file("b.png", "rubbish");
  CHECK(fixture.folder({"--force"}).code == 3);
  CHECK(fixture.folder().code == 3);  // what was done before counts as done
  fs::remove(fixture.dir / "in/a.png");
  CHECK(fixture.folder().code == 1);
  CHECK(fixture.folder({"--no-such-option"}).code == 2);
  CHECK(fixture.run({"folder"}).code == 2);
  const Finished missing = fixture.run({"folder", "none"});
  CHECK(missing.code == 1);
  CHECK_THAT(missing.err, Contains("none: cannot read the folder"));
}

TEST_CASE("wrong usage is found before anything is done", "[folder]") {
  const FolderFixture fixture;
  fixture.fill();
  const Names before = fixture.dir.names();
  const std::vector<std::pair<Arguments, std::string>> wrong{
      {{"-j", "x"}, "--jobs x"},
      {{"-j", "1:2"}, "--jobs 1:2"},
      {{"-j", "0:1:1"}, "--jobs"},
      {{"--work-size", "big"}, "--work-size"},
      {{"--shard", "3/2"}, "--shard 3/2"},
      {{"--shard", "auto"}, "--shard auto"},
      {{"--pattern", "{stem"}, "--pattern"},
      {{"--pattern", "same.png"}, "would be written here"},
      {{"-f", "bmp"}, "-f bmp"},
      {{"--from-list", "none.txt"}, "none.txt"},
      {{"--faces", "many"}, "--faces"},
      {{"--json", "--dry-run"}, "--dry-run"},
  };
  for (const auto& [arguments, said] : wrong) {
    CAPTURE(said);
    Arguments all = arguments;
    all.insert(all.end(), {"--report", "run.jsonl"});
    const Finished run = fixture.folder(all);
    CHECK((run.code == 2 || said == "none.txt"));
    CHECK_THAT(run.err, Contains(said));
    CHECK(fixture.dir.names() == before);
  }
  for (const Arguments& way : {Arguments{"folder", "in", "-o", "in"}, Arguments{"in", "-o", "in/."},
                               Arguments{"folder", "in", "-o", "-"}}) {
    CHECK(fixture.run(way).code == 2);
    CHECK(fixture.dir.names() == before);
  }
  CHECK(fixture.run({"folder", "in", "--report", "in/a.png"}).code == 2);
  CHECK(fixture.dir.names() == before);
}

TEST_CASE("two pictures for one name are found before any work", "[folder]") {
  const FolderFixture fixture;
  fixture.picture("sub/a.png");
  fixture.picture("sub/a.jpg");
  fixture.picture("z.png");
  const Finished run = fixture.folder({"-f", "png"});
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("both in/sub/a.jpg and in/sub/a.png would be written here"));
  CHECK(fixture.out().empty());
  CHECK(fixture.folder({"-f", "png", "--pattern", "{name}{ext}"}).code == 0);
  CHECK(names(fixture.out()) == Names{"sub/a.jpg.png", "sub/a.png.png", "z.png.png"});
}

TEST_CASE("patterns, formats and globs choose names and files", "[folder]") {
  const FolderFixture fixture;
  fixture.fill();
  CHECK(fixture
            .folder({"--pattern", "{stem}.{style}{ext}", "-f", "webp", "--include", "sub/*",
                     "--exclude", "d.*"})
            .code == 0);
  CHECK(names(fixture.out()) == Names{"sub/a.negative.webp", "sub/deep/c [1].negative.webp"});
  CHECK(fixture
            .folder({"--exclude", "deep", "--exclude", "*.tif", "--include", "*.png", "--include",
                     "*.tif"})
            .code == 0);
  CHECK(names(fixture.out()) ==
        Names{"a.png", "sub/a.negative.webp", "sub/a.png", "sub/deep/c [1].negative.webp"});
}

TEST_CASE("other files are copied on demand, byte for byte", "[folder]") {
  const FolderFixture fixture;
  fixture.picture("a.png");
  fixture.file("sub/data.bin", "\0\1\2"s);
  CHECK(fixture.folder({"--copy-others"}).code == 0);
  CHECK(fixture.out().at("sub/data.bin") == "\0\1\2"s);
  CHECK(fixture.out().size() == 2);
  fixture.file("sub/data.bin", "changed");
  const Finished again = fixture.folder({"--copy-others", "--json"});
  CHECK(JsonReport(again.out).summary.at("copied") == 1);
  CHECK(JsonReport(again.out).summary.at("skipped") == 1);
  CHECK(fixture.out().at("sub/data.bin") == "changed");
}

TEST_CASE("a list names the files, from a file or standard input", "[folder]") {
  const FolderFixture fixture;
  fixture.fill();
  write_file(fixture.dir / "list.txt", "in/a.png\n\nin/sub/a.png\nin/a.png\n");
  CHECK(fixture.folder({"--from-list", "list.txt"}).code == 0);
  CHECK(names(fixture.out()) == Names{"a.png", "sub/a.png"});
  fs::remove_all(fixture.dir / "out");
  // Without a folder it is the current one; NUL for names that hold anything.
  const Finished run = fixture.run({"folder", "--from-list", "-", "-o", "out"},
                                   {.input = "in/with space/größe 猫.tif\0in/gone.png\0"s});
  CHECK(run.code == 3);
  CHECK_THAT(run.err, Contains("in/gone.png: no such file"));
  CHECK(names(fixture.out()) == Names{"in/with space/größe 猫.tif"});
  const Finished outside = fixture.folder({"--from-list", "-"}, {.input = "photo.png\n"});
  CHECK(outside.code == 2);
  CHECK_THAT(outside.err, Contains("photo.png: lies outside of in"));
  CHECK(fixture.run({"folder", "--from-list", "list.txt"}).code == 2);  // results go where?
}

TEST_CASE("results inside the input are no inputs of the next run", "[folder]") {
  const FolderFixture fixture;
  fixture.fill();
  for (int round = 0; round < 2; ++round) {
    const Finished run = fixture.run({"folder", "in", "-o", "in/out", "--json"});
    CHECK(run.code == 0);
    CHECK(JsonReport(run.out).summary.at("total") == 6);
  }
  std::string list;
  for (const auto& [name, content] : fixture.in()) {
    list += name.ends_with(".txt") || name.starts_with(".") ? "" : name + "\n";
  }
  const Finished run = fixture.run({"folder", "--from-list", "-", "-o", "out", "--json"},
                                   {.input = list, .folder = fixture.dir / "in"});
  CHECK(run.code == 0);
  CHECK(JsonReport(run.out).summary.at("skipped") == 6);
}

TEST_CASE("a folder without pictures is said to be one", "[folder]") {
  const FolderFixture fixture;
  fixture.file("notes.txt", "x");
  const Finished run = fixture.folder({"--json"});
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("in: holds no picture"));
  CHECK(JsonReport(run.out).summary.at("total") == 0);
}

TEST_CASE("a dry run says what would be done and touches nothing", "[folder]") {
  const FolderFixture fixture;
  fixture.fill();
  const Names before = fixture.dir.names();
  const Finished run = fixture.folder({"--dry-run", "--copy-others"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, Contains("in/sub/deep/c [1].webp -> out/sub/deep/c [1].webp\n"));
  CHECK_THAT(run.out, Contains("in/notes.txt -> out/notes.txt  (copied)\n"));
  CHECK(fixture.dir.names() == before);
}

TEST_CASE("of several hundred files of all formats only the damaged ones fail", "[folder]") {
  const FolderFixture fixture;
  constexpr int kEach = 30;
  const Names endings{"png", "jpg", "webp", "tif", "gif", "jpeg", "heic", "avif"};
  for (const std::string& ending : endings) {
    fixture.picture("0." + ending);
    for (int i = 1; i < kEach; ++i) {
      const std::string name =
          std::to_string(i % 7) + "/" + std::to_string(i) + " " + ending + "." + ending;
      if (ending == "heic" || ending == "avif") {  // slow to encode
        fixture.file(name, read_file(fixture.dir / ("in/0." + ending)));
      } else {
        fixture.picture(name, i);
      }
    }
  }
  // Cut off, emptied, something else, and flipped in the middle.
  Names damaged;
  for (const std::string& ending : endings) {
    const std::string whole = read_file(fixture.dir / ("in/0." + ending));
    const std::string text = "this was a picture once\n";
    for (const std::string& content :
         {whole.substr(0, whole.size() / 2), whole.substr(0, 9), std::string(), text}) {
      damaged.push_back("bad/" + std::to_string(damaged.size()) + "." + ending);
      fixture.file(damaged.back(), content);
    }
  }
  const Finished run = fixture.folder({"--json", "-j", "4:2:3"});
  CHECK(run.code == 3);
  const JsonReport report(run.out);
  CHECK(report.summary.at("total") == 8 * kEach + 32);
  CHECK(report.summary.at("done") == 8 * kEach);
  CHECK(report.summary.at("failed") == 32);
  for (const std::string& name : damaged) {
    CAPTURE(name);
    const auto& error = report.entries.at("in/" + name).at("error");
    CHECK((error.at("code") == "input-corrupt" || error.at("code") == "input-unsupported"));
    CHECK_THAT(error.at("message").get<std::string>(), Contains("in/" + name + ": cannot read"));
    CHECK_THAT(run.err, Contains("error: in/" + name));
  }
  CHECK(fixture.out().size() == std::size_t{8} * kEach);
  CHECK(left_behind(fixture.dir.path()).empty());
  const JsonReport again(fixture.folder({"--json"}).out);
  CHECK(again.summary.at("skipped") == 8 * kEach);
  CHECK(again.summary.at("failed") == 32);
}

TEST_CASE("places that cannot be written end the run, and are named", "[folder]") {
  const FolderFixture fixture;
  fixture.picture("a.png");
  write_file(fixture.dir / "file", "x");
  for (const char* place : {"/proc/none", "file/out", "file"}) {
    CAPTURE(place);
    const Finished run = fixture.run({"folder", "in", "-o", place});
    CHECK(run.code == 1);
    CHECK_THAT(run.err, Contains(std::string(place) + "/.stylize"));
  }
  CHECK(read_file(fixture.dir / "file") == "x");
}

TEST_CASE("fail-fast stops at the first failure", "[folder]") {
  const FolderFixture fixture;
  fixture.file("0.png", "rubbish");
  for (int i = 1; i < 60; ++i) {
    fixture.picture(std::to_string(i) + ".png", i);
  }
  const Finished run = fixture.folder({"--fail-fast", "--json"});
  CHECK((run.code == 1 || run.code == 3));
  const JsonReport report(run.out);
  CHECK(report.summary.at("failed") == 1);
  CHECK(report.summary.at("done") < 50);
}

TEST_CASE("the same files come out, however many threads work at them", "[folder]") {
  const FolderFixture fixture;
  for (int i = 0; i < 24; ++i) {
    fixture.picture(std::to_string(i) + ".jpg", i, {60 + i, 40});
  }
  REQUIRE(fixture.folder({"-j", "1:1:1"}).code == 0);
  const Files one_by_one = fixture.out();
  CHECK(one_by_one.size() == 24);
  for (const char* jobs : {"4:1:4", "3:3:2"}) {
    fs::remove_all(fixture.dir / "out");
    CHECK(fixture.folder({"-j", jobs}).code == 0);
    CHECK(fixture.out() == one_by_one);
  }
}

TEST_CASE("a terminal gets a bar with rate and remaining time", "[folder]") {
  const FolderFixture fixture;
  for (int i = 0; i < 20; ++i) {
    fixture.picture(std::to_string(i) + ".png", i);
  }
  const std::string command = "cd '" + fixture.dir.path().string() +
                              "' && STYLIZE_DEVICE=cpu script -qec \"'" STYLIZE_BINARY
                              "' folder in -o out --style negative.pt\" terminal >/dev/null";
  if (WEXITSTATUS(std::system("command -v script >/dev/null")) != 0) {
    WARN("skipped: there is no script(1) to make a terminal");
    return;
  }
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 0);
  const std::string seen = read_file(fixture.dir / "terminal");
  CHECK_THAT(seen, Contains("/20  ") && Contains("=>") && Contains("/s, ") && Contains(" left"));
  CHECK_THAT(seen, Contains("\r\033[K") && Contains("20 of 20 done"));
}
