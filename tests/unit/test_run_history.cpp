// The history that runs into a folder leave, and the journal that writes it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/pipeline/run_history.h"
#include "stylize/pipeline/run_journal.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

// An output folder and its journals.
struct Fixture {
  TempDir dir;

  [[nodiscard]] fs::path journal(const std::string& part = {}) const {
    return dir.path() / ".stylize" / ("done" + (part.empty() ? "" : "-" + part) + ".jsonl");
  }

  // Makes the output, and its record.
  [[nodiscard]] RunRecord made(const std::string& job, const std::string& output,
                               const std::string& content = "drawn") const {
    fs::create_directories((dir.path() / output).parent_path());
    write_file(dir / output, content);
    return {.job = job,
            .key = "key",
            .output = output,
            .status = "done",
            .note = "",
            .size = content.size(),
            .width = 4,
            .height = 3,
            .faces = {}};
  }

  void log(const std::string& lines, const std::string& part = {}) const {
    fs::create_directories(dir.path() / ".stylize");
    std::ofstream(journal(part), std::ios::app | std::ios::binary) << lines;
  }

  [[nodiscard]] RunHistory history() const { return RunHistory(dir.path()); }
};

}  // namespace

TEST_CASE("a folder without runs has no history", "[pipeline]") {
  const Fixture fixture;
  CHECK(fixture.history().empty());
  CHECK(RunHistory(fixture.dir.path() / "missing").empty());
  CHECK(fixture.history().find("a.jpg", "a.jpg") == nullptr);
  CHECK_FALSE(fixture.history().is_own_output("a.jpg", "a.jpg"));
}

TEST_CASE("a record comes back as it was", "[pipeline]") {
  const Fixture fixture;
  RunRecord record = fixture.made("a.jpg", "sub/a.png");
  record.status = "copied";
  record.note = "no face \"found\"\n";
  Face face;
  face.box = {-1.25, 2.5, 30.0, 40.75};
  face.confidence = 1.0 / 3.0;
  record.faces = {face, face};
  {
    RunJournal journal(fixture.dir.path(), "");
    journal.begin(record.job, record.output, record.size);
    journal.finish(record);
  }
  const RunHistory history = fixture.history();
  const RunRecord* found = history.find("a.jpg", "sub/a.png");
  REQUIRE(found != nullptr);
  CHECK(found->job == "a.jpg");
  CHECK(found->key == "key");
  CHECK(found->output == "sub/a.png");
  CHECK(found->status == "copied");
  CHECK(found->note == record.note);
  CHECK(found->size == 5);
  CHECK(found->width == 4);
  CHECK(found->height == 3);
  REQUIRE(found->faces.size() == 2);
  CHECK(found->faces[1].box == face.box);
  CHECK(found->faces[1].confidence == face.confidence);
  CHECK(history.is_own_output("a.jpg", "sub/a.png"));
}

TEST_CASE("names may hold any byte but NUL and slash", "[pipeline]") {
  const Fixture fixture;
  std::vector<std::string> names{
      "%41.jpg",         "%", "100%.jpg", "a\"b\\c.jpg",      "größe 猫.jpg",
      "caf\xE9\xFF.jpg", "-", " ",        "\t\r\x01\x7F.jpg", "{\"job\":1}"};
  std::string all;
  for (int byte = 1; byte < 256; ++byte) {
    if (byte != '/') {
      all += static_cast<char>(byte);
    }
    if (all.size() == 100) {
      names.push_back(all);
      all.clear();
    }
  }
  names.push_back(all);
  {
    RunJournal journal(fixture.dir.path(), "");
    for (const std::string& name : names) {
      const RunRecord record = fixture.made("in " + name, name);
      journal.begin(record.job, record.output, record.size);
      journal.finish(record);
    }
  }
  for (const std::string& line : {read_file(fixture.journal())}) {
    CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c == '\n' || c >= ' '; }));
  }
  const RunHistory history = fixture.history();
  for (const std::string& name : names) {
    CAPTURE(name);
    const RunRecord* found = history.find("in " + name, name);
    REQUIRE(found != nullptr);
    CHECK(found->output == name);
  }
}

TEST_CASE("an output that is gone or has another size is not done", "[pipeline]") {
  const Fixture fixture;
  fixture.log(record_line(fixture.made("a.jpg", "a.jpg"), 1));
  CHECK(fixture.history().find("a.jpg", "a.jpg") != nullptr);
  CHECK(fixture.history().find("b.jpg", "a.jpg") == nullptr);
  CHECK(fixture.history().find("a.jpg", "b.jpg") == nullptr);
  write_file(fixture.dir / "a.jpg", "edited by hand");
  CHECK(fixture.history().find("a.jpg", "a.jpg") == nullptr);
  CHECK_FALSE(fixture.history().is_own_output("a.jpg", "a.jpg"));
  fs::remove(fixture.dir / "a.jpg");
  CHECK(fixture.history().find("a.jpg", "a.jpg") == nullptr);
  CHECK_FALSE(fixture.history().is_own_output("a.jpg", "a.jpg"));
}

TEST_CASE("what nothing was written for is done, too", "[pipeline]") {
  const Fixture fixture;
  RunRecord record;
  record.job = "a.jpg";
  record.key = "key";
  record.status = "skipped";
  record.note = "no face";
  fixture.log(record_line(record, 1));
  REQUIRE(fixture.history().find("a.jpg", "a.jpg") != nullptr);
  CHECK(fixture.history().find("a.jpg", "a.jpg")->note == "no face");
  CHECK_FALSE(fixture.history().is_own_output("a.jpg", "a.jpg"));
  // Until a later run writes something after all.
  RunRecord later = fixture.made("a.jpg", "a.jpg");
  later.key = "other";
  fixture.log(record_line(later, 2));
  CHECK(fixture.history().find("a.jpg", "a.jpg")->key == "other");
}

TEST_CASE("an output begun without a record is the run's own, but not done", "[pipeline]") {
  const Fixture fixture;
  const RunRecord record = fixture.made("a.jpg", "a.jpg");
  fixture.log(begin_line("a.jpg", "a.jpg", record.size, 1));
  CHECK(fixture.history().find("a.jpg", "a.jpg") == nullptr);
  CHECK(fixture.history().is_own_output("a.jpg", "a.jpg"));
  CHECK_FALSE(fixture.history().is_own_output("b.jpg", "a.jpg"));
  // A second time, the first record still vouches for the old file.
  fixture.log(record_line(record, 2) + begin_line("a.jpg", "a.jpg", 1234, 3));
  CHECK(fixture.history().find("a.jpg", "a.jpg") == nullptr);
  CHECK(fixture.history().is_own_output("a.jpg", "a.jpg"));
  write_file(fixture.dir / "a.jpg", "neither old nor new");
  CHECK_FALSE(fixture.history().is_own_output("a.jpg", "a.jpg"));
}

TEST_CASE("a line torn at any byte loses no more than itself", "[pipeline]") {
  const Fixture fixture;
  const std::string first = record_line(fixture.made("first.jpg", "first.jpg"), 1);
  const std::string begun = begin_line("ü%.jpg", "ü%.jpg", 5, 2);
  const std::string last = record_line(fixture.made("ü%.jpg", "ü%.jpg"), 3);
  for (const std::string& torn : {begun, last}) {
    for (std::size_t size = 0; size < torn.size(); ++size) {
      fs::remove_all(fixture.dir.path() / ".stylize");
      fixture.log(first + (torn == last ? begun : "") + torn.substr(0, size));
      const bool whole = size == torn.size() - 1;  // all but the end of the line
      const RunHistory history = fixture.history();
      CHECK(history.find("first.jpg", "first.jpg") != nullptr);
      CHECK((history.find("ü%.jpg", "ü%.jpg") != nullptr) == (torn == last && whole));
      CHECK(history.is_own_output("ü%.jpg", "ü%.jpg") == (torn == last || whole));
      // The next run writes on a line of its own.
      const RunRecord next = fixture.made("next.jpg", "next.jpg");
      RunJournal(fixture.dir.path(), "").finish(next);
      CHECK(fixture.history().find("next.jpg", "next.jpg") != nullptr);
      CHECK(fixture.history().find("first.jpg", "first.jpg") != nullptr);
    }
  }
}

TEST_CASE("rubbish in a journal is passed over", "[pipeline]") {
  const Fixture fixture;
  const std::string good = record_line(fixture.made("a.jpg", "a.jpg"), 1);
  fixture.log(
      "\n\nnull\n[]\n{}\n3\n{\"job\":3}\n{\"job\":\"a.jpg\",\"begin\":4,\"size\":1,\"at\":9}\n");
  fixture.log(good);
  fixture.log("{\"job\":\"a.jpg\",\"key\":\"k\",\"at\":9}\n{\"job\":\"a.jpg\",\"at\":\"late\"}\n");
  fixture.log(std::string(3, '\0') + "\n");
  CHECK(fixture.history().find("a.jpg", "a.jpg") != nullptr);
}

TEST_CASE("runs under other names do not forget each other", "[pipeline]") {
  const Fixture fixture;
  fixture.log(record_line(fixture.made("a.jpg", "a.cel.jpg"), 1));
  fixture.log(record_line(fixture.made("a.jpg", "a.ink.jpg"), 2));
  CHECK(fixture.history().find("a.jpg", "a.cel.jpg") != nullptr);
  CHECK(fixture.history().find("a.jpg", "a.ink.jpg") != nullptr);
  CHECK(fixture.history().is_own_output("a.jpg", "a.cel.jpg"));
}

TEST_CASE("of several journals the latest line counts, not the latest file", "[pipeline]") {
  const Fixture fixture;
  RunRecord old = fixture.made("a.jpg", "a.jpg", "old");
  old.key = "old";
  RunRecord now = fixture.made("a.jpg", "a.jpg", "now");
  now.key = "now";
  fixture.log(record_line(old, 10));
  fixture.log(record_line(now, 20), "1-of-2");
  // The whole run is the one that wrote last, about something else.
  fixture.log(record_line(fixture.made("b.jpg", "b.jpg"), 30));
  CHECK(fixture.history().find("a.jpg", "a.jpg")->key == "now");
  CHECK(fixture.history().find("b.jpg", "b.jpg") != nullptr);
  // Within a journal the order counts, whatever the clock did.
  fixture.log(record_line(old, 15), "1-of-2");
  CHECK(fixture.history().find("a.jpg", "a.jpg")->key == "old");
}

TEST_CASE("a journal makes its folders and leaves no others behind", "[pipeline]") {
  const Fixture fixture;
  const fs::path output = fixture.dir.path() / "new" / "out";
  {
    const RunJournal journal(output, "2-of-4");
    CHECK(journal.temporary_folder() == output / ".stylize/tmp-2-of-4");
    CHECK(fs::is_directory(journal.temporary_folder()));
  }
  CHECK(fixture.dir.names() == std::vector<std::string>{"new/", "new/out/", "new/out/.stylize/",
                                                        "new/out/.stylize/done-2-of-4.jsonl"});
}

TEST_CASE("what a killed run left half done is swept away", "[pipeline]") {
  const Fixture fixture;
  fs::create_directories(fixture.dir.path() / ".stylize/tmp/deep");
  write_file(fixture.dir / ".stylize/tmp/.stylize-abc", "half");
  write_file(fixture.dir / ".stylize/tmp/deep/x", "half");
  fs::create_directories(fixture.dir.path() / ".stylize/tmp-1-of-2");
  write_file(fixture.dir / ".stylize/tmp-1-of-2/.stylize-abc", "of another, perhaps at work");
  const RunJournal journal(fixture.dir.path(), "");
  CHECK(fs::is_empty(journal.temporary_folder()));
  CHECK(fs::exists(fixture.dir.path() / ".stylize/tmp-1-of-2/.stylize-abc"));
}

TEST_CASE("one journal is held by one run", "[pipeline]") {
  const Fixture fixture;
  auto journal = std::make_unique<RunJournal>(fixture.dir.path(), "");
  write_file(journal->temporary_folder() / "half", "drawn");
  CHECK_THROWS_WITH(RunJournal(fixture.dir.path(), ""), Contains("another run is writing"));
  // which has not touched what the first is at
  CHECK(fs::exists(journal->temporary_folder() / "half"));
  journal->finish(fixture.made("a.jpg", "a.jpg"));
  { const RunJournal shard(fixture.dir.path(), "1-of-2"); }
  journal.reset();
  const RunJournal second(fixture.dir.path(), "");
  CHECK(fixture.history().find("a.jpg", "a.jpg") != nullptr);
}

TEST_CASE("a place that cannot be written is an error that names it", "[pipeline]") {
  const Fixture fixture;
  write_file(fixture.dir / "file", "x");
  CHECK_THROWS_WITH(RunJournal(fixture.dir / "file", ""), Contains("file/.stylize"));
  CHECK_THROWS_AS(RunJournal("/proc/none", ""), Error);
}
