// `stylize folder` again: what is done stays done, what changed is done anew.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "face_cli_fixture.h"
#include "folder_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// The inputs that a run drew or copied; it must end well.
Names worked_on(const Finished& run) {
  REQUIRE(run.code == 0);
  Names names;
  for (const auto& [input, entry] : JsonReport(run.out).entries) {
    if (entry.at("status") != "skipped") {
      names.push_back(input);
    }
  }
  return names;
}

struct DoneFixture : FolderFixture {
  DoneFixture() {
    for (int i = 0; i < 4; ++i) {
      picture(std::to_string(i) + ".png", i);
    }
    REQUIRE(worked_on(again()).size() == 4);
  }

  [[nodiscard]] Finished again(Arguments arguments = {}) const {
    arguments.emplace_back("--json");
    return folder(arguments);
  }
};

}  // namespace

TEST_CASE("a second run does nothing and says so", "[folder_resume]") {
  const DoneFixture fixture;
  const auto written = fs::last_write_time(fixture.dir / "out/1.png");
  const Finished run = fixture.again();
  CHECK(worked_on(run).empty());
  CHECK_THAT(run.err, Contains("0 of 4 done, 4 skipped"));
  CHECK(fs::last_write_time(fixture.dir / "out/1.png") == written);
  CHECK_THAT(fixture.folder({"-v"}).err, Contains("in/1.png: skipped, up to date"));
  // However it is called.
  CHECK(worked_on(fixture.run({"in/", "-o", "out/", "--json", "-j", "2:1:2"})).empty());
}

TEST_CASE("just what is missing or has changed is done again", "[folder_resume]") {
  const DoneFixture fixture;
  const Files before = fixture.out();
  SECTION("a result is gone") {
    fs::remove(fixture.dir / "out/2.png");
    CHECK(worked_on(fixture.again()) == Names{"in/2.png"});
    CHECK(fixture.out() == before);
  }
  SECTION("all results are gone") {
    for (const auto& [name, content] : before) {
      fs::remove(fixture.dir / ("out/" + name));
    }
    CHECK(worked_on(fixture.again()).size() == 4);
    CHECK(fixture.out() == before);
  }
  SECTION("an input has changed") {
    fixture.picture("2.png", 200);
    CHECK(worked_on(fixture.again()) == Names{"in/2.png"});
    CHECK(fixture.out().at("2.png") != before.at("2.png"));
  }
  SECTION("an input was touched, nothing more") {
    fs::last_write_time(fixture.dir / "in/2.png", fs::file_time_type::clock::now());
    CHECK(worked_on(fixture.again()).empty());
  }
  SECTION("an input is new") {
    fixture.picture("sub/4.png", 4);
    CHECK(worked_on(fixture.again()) == Names{"in/sub/4.png"});
  }
  SECTION("an input is gone") {
    fs::remove(fixture.dir / "in/2.png");
    CHECK(worked_on(fixture.again()).empty());
    CHECK(fixture.out() == before);
  }
  SECTION("the journal's last line is torn") {
    const std::string journal = fixture.dir / "out/.stylize/done.jsonl";
    const std::string lines = read_file(journal);
    write_file(journal, lines.substr(0, lines.size() - 10));
    CHECK(worked_on(fixture.again()).size() == 1);
    CHECK(fixture.out() == before);
  }
  CHECK(worked_on(fixture.again()).empty());
}

TEST_CASE("another style, strength, size or quality does everything again", "[folder_resume]") {
  const DoneFixture fixture;
  const Files before = fixture.out();
  for (const Arguments& other :
       {Arguments{"--strength", "0.5"}, Arguments{"--work-size", "8"}, Arguments{"--max-size", "8"},
        Arguments{"--keep-colors"}, Arguments{"--compare"}}) {
    CAPTURE(other.front());
    CHECK(worked_on(fixture.again(other)).size() == 4);
    CHECK(fixture.out() != before);
    CHECK(worked_on(fixture.again(other)).empty());
  }
  CHECK(worked_on(fixture.again({"--strip"})).size() == 4);
  // And back: the same bytes as ever.
  CHECK(worked_on(fixture.again()).size() == 4);
  CHECK(fixture.out() == before);
}

TEST_CASE("a style file with other content does everything again", "[folder_resume]") {
  const DoneFixture fixture;
  const Files before = fixture.out();
  save_identity_model(fixture.style);
  CHECK(worked_on(fixture.again()).size() == 4);
  CHECK(max_difference(load_pixels(fixture.dir / "out/0.png"),
                       load_pixels(fixture.dir / "in/0.png")) == 0.0);
  CHECK(worked_on(fixture.again()).empty());
  save_negative_model(fixture.style);
  CHECK(worked_on(fixture.again()).size() == 4);
  CHECK(fixture.out() == before);
}

TEST_CASE("styles that share an output folder do not forget each other", "[folder_resume]") {
  const DoneFixture fixture;
  save_identity_model(fixture.dir / "identity.pt");
  const Arguments named{"folder", "in", "-o", "both", "--pattern", "{stem}.{style}{ext}", "--json"};
  const auto run = [&](const std::string& style) {
    Arguments arguments = named;
    arguments.insert(arguments.end(), {"--style", fixture.dir / style});
    return fixture.run_plain(arguments);
  };
  for (const char* style : {"negative.pt", "identity.pt"}) {
    CHECK(worked_on(run(style)).size() == 4);
  }
  for (const char* style : {"negative.pt", "identity.pt"}) {
    CHECK(worked_on(run(style)).empty());
  }
  CHECK(files_below(fixture.dir.path() / "both").size() == 8);
}

TEST_CASE("--force does everything again", "[folder_resume]") {
  const DoneFixture fixture;
  const Files before = fixture.out();
  CHECK(worked_on(fixture.again({"--force"})).size() == 4);
  CHECK(fixture.out() == before);
  CHECK(worked_on(fixture.again()).empty());
}

TEST_CASE("a result that was edited is never overwritten unasked", "[folder_resume]") {
  const DoneFixture fixture;
  write_file(fixture.dir / "out/2.png", "edited by hand");
  for (const Arguments& more :
       {Arguments{}, Arguments{"--force"}, Arguments{"--strength", "0.5"}}) {
    const Finished run = fixture.folder(more);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("out/2.png: exists already") && Contains("--on-exists skip"));
    CHECK(fixture.out().at("2.png") == "edited by hand");
  }
  CHECK(worked_on(fixture.again({"--on-exists", "skip"})).empty());
  CHECK(worked_on(fixture.again({"--on-exists", "skip", "--strength", "0.5"})).size() == 3);
  CHECK(fixture.out().at("2.png") == "edited by hand");
  // Asked for, it is.
  CHECK(worked_on(fixture.again({"-y", "--strength", "0.5"})) == Names{"in/2.png"});
  CHECK(load_pixels(fixture.dir / "out/2.png").cols == 16);
}

TEST_CASE("a stranger's file keeps its name, and the number beside it is kept", "[folder_resume]") {
  const FolderFixture fixture;
  fixture.picture("a.png");
  fs::create_directory(fixture.dir.path() / "out");
  write_file(fixture.dir / "out/a.png", "somebody's");
  CHECK(fixture.folder().code == 2);
  const Arguments rename{"--on-exists", "rename", "--json"};
  CHECK(worked_on(fixture.folder(rename)).size() == 1);
  CHECK(worked_on(fixture.folder(rename)).empty());
  // Drawn anew into the same file.
  Arguments changed = rename;
  changed.insert(changed.end(), {"--strength", "0.5"});
  CHECK(worked_on(fixture.folder(changed)).size() == 1);
  CHECK(fixture.out().size() == 2);
  CHECK(fixture.out().at("a.png") == "somebody's");
  CHECK(load_pixels(fixture.dir / "out/a-1.png").cols == 16);
}

TEST_CASE("what failed is tried again", "[folder_resume]") {
  const DoneFixture fixture;
  fixture.file("bad.png", "rubbish");
  CHECK(fixture.again().code == 3);
  CHECK(fixture.again().code == 3);
  fixture.picture("bad.png", 9);
  CHECK(worked_on(fixture.again()) == Names{"in/bad.png"});
}

TEST_CASE("a folder is one run's at a time", "[folder_resume]") {
  const FolderFixture fixture;
  for (int i = 0; i < 60; ++i) {
    fixture.picture(std::to_string(i) + ".png", i, {300, 200});
  }
  RunningStylize first(fixture.command({"--json", "-j", "1:1:1", "--report", "report.jsonl"}),
                       {.environment = same_on_all_machines(), .folder = fixture.dir.path()});
  REQUIRE_THAT(first.read_line(), Contains("\"done\""));
  first.send_signal(SIGSTOP);  // in the middle of it, for as long as it takes
  const Finished second = fixture.folder({"--report", "report.jsonl"});
  CHECK(second.code == 1);
  CHECK_THAT(second.err, Contains("out: another run is writing into this folder"));
  first.send_signal(SIGCONT);
  CHECK(first.wait().code == 0);
  CHECK(fixture.out().size() == 60);
  // whose report the second has not touched
  CHECK(JsonReport(read_file(fixture.dir / "report.jsonl")).entries.size() == 60);
}

TEST_CASE("another encoder or base does everything again", "[folder_resume]") {
  const FaceCliFixture fixture;
  fs::create_directory(fixture.dir.path() / "in");
  fs::copy_file(STYLIZE_SOURCE_DIR "/docs/astronaut.jpg", fixture.dir.path() / "in/face.jpg");
  const auto again = [&](const Arguments& more = {}) {
    Arguments arguments{"-o", "out", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return worked_on(fixture.draw("in", "small", arguments)).size();
  };
  CHECK(again() == 1);
  CHECK(again() == 0);
  // By the same name, as `models pull` might bring a new one.
  save_small_encoder(fixture.dir / "models/small_encoder.pt", 5);
  CHECK(again() == 1);
  CHECK(again() == 0);
  CHECK(again({"--strength", "0.5"}) == 1);
  save_small_generator(fixture.dir / "models/small_base.pt", 6);
  CHECK(again({"--strength", "0.5"}) == 1);
  CHECK(again({"--strength", "0.5"}) == 0);
  // The base has no share in what the full strength draws.
  CHECK(again() == 1);
  save_small_generator(fixture.dir / "models/small_base.pt", 7);
  CHECK(again() == 0);
}
