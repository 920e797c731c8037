// `stylize folder`: what a run or an earlier one has made is no input, and odd lists are read.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "folder_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

std::vector<std::string> inputs_of(const Finished& run) {
  std::vector<std::string> inputs;
  for (const auto& [input, entry] : JsonReport(run.out).entries) {
    inputs.push_back(input);
  }
  return inputs;
}

}  // namespace

TEST_CASE("results of another style inside the input are no inputs", "[folder]") {
  const FolderFixture fixture;
  fixture.picture("a.png");
  fixture.picture("sub/b.png", 1);
  const std::vector<std::string> originals{"in/a.png", "in/sub/b.png"};
  for (const char* output : {"in/one", "in/sub/two", "in/three"}) {
    const Finished run = fixture.run({"folder", "in", "-o", output, "--json"});
    CHECK(run.code == 0);
    CHECK(inputs_of(run) == originals);
  }
  const Finished listed =
      fixture.run({"folder", "in", "--from-list", "-", "-o", "in/four", "--json"},
                  {.input = "in/a.png\nin/one/a.png\nin/sub/b.png\nin/sub/two/sub/b.png\n"});
  CHECK(inputs_of(listed) == originals);
  // Results are pictures like others where they are named.
  const Finished again = fixture.run({"folder", "in/one", "-o", "again", "--json"});
  CHECK(inputs_of(again) == std::vector<std::string>{"in/one/a.png", "in/one/sub/b.png"});
}

TEST_CASE("page, thumbnails and report inside the input are no inputs", "[folder]") {
  const FolderFixture fixture;
  fixture.picture("0.png");
  for (int i = 1; i < 205; ++i) {  // too many for a page without a folder
    fs::copy_file(fixture.dir / "in/0.png", fixture.dir / ("in/" + std::to_string(i) + ".png"));
  }
  const Arguments everything{"--gallery",    "in/g.html", "--report",
                             "in/run.jsonl", "--json",    "--copy-others"};
  CHECK(fixture.folder(everything).code == 0);
  CHECK(fs::is_directory(fixture.dir / "in/g_files"));
  const Finished again = fixture.folder(everything);
  CHECK(again.code == 0);
  CHECK(JsonReport(again.out).summary.at("total") == 205);
  CHECK(JsonReport(again.out).summary.at("skipped") == 205);
  // The thumbnails are known without the page being named.
  CHECK(JsonReport(fixture.folder({"--json"}).out).summary.at("total") == 205);
  CHECK(fixture.out().size() == 205);
}

TEST_CASE("lists may hold folders, and lines as Windows ends them", "[folder]") {
  const FolderFixture fixture;
  fixture.picture("a.png");
  fixture.picture("sub/b.png", 1);
  const Finished found =
      fixture.run({"folder", "--from-list", "-", "-o", "../out", "--json"},
                  {.input = ".\n./a.png\n./sub\n./sub/b.png\n..\n", .folder = fixture.dir / "in"});
  CHECK(found.code == 0);
  CHECK(inputs_of(found) == std::vector<std::string>{"./a.png", "./sub/b.png"});
  CHECK(fixture.out().size() == 2);
  const Finished windows =
      fixture.folder({"--from-list", "-", "--json"}, {.input = "in/a.png\r\n\r\nin/sub/b.png\r\n"});
  CHECK(windows.code == 0);
  CHECK(inputs_of(windows) == std::vector<std::string>{"in/a.png", "in/sub/b.png"});
}

TEST_CASE("a gallery that cannot be written is found before the run", "[folder]") {
  const FolderFixture fixture;
  fixture.picture("a.png");
  write_file(fixture.dir / "file", "x");
  for (const char* page : {"pages/", "in", "file/page.html", "/proc/none/page.html"}) {
    CAPTURE(page);
    const Finished run = fixture.folder({"--gallery", page, "--report", "run.jsonl"});
    CHECK(run.code == (std::string(page).find(".html") == std::string::npos ? 2 : 1));
    CHECK_THAT(run.err, Contains(std::string(page).substr(0, 4)));
    CHECK(fixture.out().empty());
    CHECK_FALSE(fs::exists(fixture.dir / "run.jsonl"));
  }
  CHECK(fixture.folder({"--gallery", "pages/deep/page.html"}).code == 0);
  CHECK(fs::exists(fixture.dir / "pages/deep/page.html"));
}
