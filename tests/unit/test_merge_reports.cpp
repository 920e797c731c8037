#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "log_catcher.h"
#include "src/cli/merge_reports.h"
#include "stylize/core/error.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::cli;
using namespace stylize::test;
using Catch::Contains;

namespace {

using Json = nlohmann::json;

std::string entry(const std::string& input, const std::string& status) {
  return Json{{"input", input}, {"status", status}, {"ms", {{"load", 1.5}}}}.dump() + "\n";
}

std::string summary(double seconds, bool interrupted = false, int total = 1) {
  return Json{{"summary", {{"total", total}, {"seconds", seconds}, {"interrupted", interrupted}}}}
             .dump() +
         "\n";
}

struct Fixture {
  TempDir dir;
  LogCatcher log;

  void shard(const std::string& part, const std::string& lines) const {
    write_file(dir / ("run." + part + ".jsonl"), lines);
  }

  [[nodiscard]] int merge() const { return merge_reports(dir / "run.jsonl"); }

  [[nodiscard]] std::vector<Json> merged() const {
    std::istringstream text(read_file(dir / "run.jsonl"));
    std::vector<Json> lines;
    for (std::string line; std::getline(text, line);) {
      lines.push_back(Json::parse(line));
    }
    return lines;
  }
};

}  // namespace

TEST_CASE("a shard's report is named before the ending", "[cli]") {
  CHECK(shard_report_name("run.jsonl", "2-of-4") == "run.2-of-4.jsonl");
  CHECK(shard_report_name("a.b/run", "2-of-4") == "a.b/run.2-of-4");
  CHECK(shard_report_name("/x/my.run.jsonl", "1-of-1") == "/x/my.run.1-of-1.jsonl");
}

TEST_CASE("the reports of all shards become one, sorted, with one summary", "[cli]") {
  const Fixture fixture;
  fixture.shard("1-of-3", entry("c.jpg", "done") + entry("a.jpg", "failed") + summary(2.5));
  fixture.shard("3-of-3", entry("b.jpg", "copied") + summary(9.25));
  fixture.shard("2-of-3", entry("d.jpg", "skipped") + entry("e.jpg", "done") + summary(1.0));
  CHECK(fixture.merge() == 3);
  const std::vector<Json> lines = fixture.merged();
  REQUIRE(lines.size() == 6);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(lines[i].at("input") == std::string(1, static_cast<char>('a' + i)) + ".jpg");
    CHECK(lines[i].at("ms").at("load") == 1.5);  // as it was
  }
  CHECK(lines[5].at("summary") == Json{{"total", 5},
                                       {"done", 2},
                                       {"skipped", 1},
                                       {"copied", 1},
                                       {"failed", 1},
                                       {"interrupted", false},
                                       {"seconds", 9.25}});
}

TEST_CASE("exit codes of a merge are those of the run as a whole", "[cli]") {
  const Fixture fixture;
  fixture.shard("1-of-2", entry("a.jpg", "done") + summary(1.0));
  SECTION("all done") {
    fixture.shard("2-of-2", entry("b.jpg", "skipped") + summary(1.0));
    CHECK(fixture.merge() == 0);
  }
  SECTION("a shard without files") {
    fixture.shard("2-of-2", summary(1.0));
    CHECK(fixture.merge() == 0);
  }
  SECTION("one shard failed") {
    fixture.shard("2-of-2", entry("b.jpg", "failed") + summary(1.0));
    CHECK(fixture.merge() == 3);
  }
  SECTION("all failed") {
    fixture.shard("1-of-2", entry("a.jpg", "failed") + summary(1.0));
    fixture.shard("2-of-2", entry("b.jpg", "failed") + summary(1.0));
    CHECK(fixture.merge() == 1);
  }
  SECTION("one was interrupted") {
    fixture.shard("2-of-2", entry("b.jpg", "done") + summary(1.0, true));
    CHECK(fixture.merge() == 130);
  }
}

TEST_CASE("missing shards are named", "[cli]") {
  const Fixture fixture;
  fixture.shard("2-of-4", entry("a.jpg", "done") + summary(1.0));
  fixture.shard("4-of-4", entry("b.jpg", "done") + summary(1.0));
  CHECK(fixture.merge() == 3);
  CHECK_THAT(fixture.log.text(),
             Contains("shard 1/4 is missing") && Contains("shard 3/4 is missing"));
  CHECK_THAT(fixture.log.text(), !Contains("shard 2/4"));
  CHECK(fixture.merged().size() == 3);
}

TEST_CASE("a shard that was killed does not spoil the others' reports", "[cli]") {
  const Fixture fixture;
  fixture.shard("1-of-2", entry("a.jpg", "done") + summary(1.0));
  const std::string last = entry("c.jpg", "done");
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, last.size() / 2, last.size() - 2}) {
    fixture.shard("2-of-2", entry("b.jpg", "done") + last.substr(0, size));
    CHECK(fixture.merge() == 130);
    CHECK_THAT(fixture.log.text(),
               Contains("run.2-of-2.jsonl") && Contains("stopped before its end"));
    CHECK(fixture.merged().size() == 3);
  }
}

TEST_CASE("of an input that several shards report the best result counts, once", "[cli]") {
  const Fixture fixture;
  fixture.shard("1-of-3",
                entry("a.jpg", "done") + entry("secret", "failed") + summary(1.0, false, 2));
  fixture.shard("2-of-3", entry("a.jpg", "failed") + entry("b.jpg", "skipped") +
                              entry("secret", "failed") + summary(1.0, false, 3));
  fixture.shard("3-of-3", entry("b.jpg", "done") + summary(1.0, false, 1));
  CHECK(fixture.merge() == 3);
  const std::vector<Json> lines = fixture.merged();
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].at("status") == "done");
  CHECK(lines[1].at("status") == "done");
  CHECK(lines[2].at("status") == "failed");
  CHECK(lines[3].at("summary").at("total") == 3);
  CHECK(lines[3].at("summary").at("done") == 2);
}

TEST_CASE("what a stopped shard did not get to is part of the total", "[cli]") {
  const Fixture fixture;
  // Stopped by a signal, which its summary tells, after 2 of 1000; and failing fast after 1 of 50.
  fixture.shard("1-of-4",
                entry("a.jpg", "done") + entry("b.jpg", "done") + summary(1.0, true, 1000));
  fixture.shard("2-of-4", entry("c.jpg", "failed") + summary(1.0, false, 50));
  fixture.shard("3-of-4", entry("d.jpg", "done") + entry("e.jpg", "done"));  // killed
  fixture.shard("4-of-4", entry("a.jpg", "done") + entry("f.jpg", "done") + summary(1.0, false, 2));
  CHECK(fixture.merge() == 130);
  CHECK_THAT(fixture.log.text(), Contains("5 of 1053 done"));
  const Json total = fixture.merged().back().at("summary");
  CHECK(total.at("total") == 1000 + 50 + 2 + 1);  // a.jpg was counted by the first
  CHECK(total.at("done") == 5);
  CHECK(total.at("failed") == 1);
}

TEST_CASE("only reports of one run are merged", "[cli]") {
  const Fixture fixture;
  CHECK_THROWS_WITH(fixture.merge(),
                    Contains("no reports of shards") && Contains("run.1-of-N.jsonl"));
  fixture.shard("1-of-2", entry("a.jpg", "done") + summary(1.0));
  fixture.shard("2-of-2", entry("b.jpg", "done") + summary(1.0));
  for (const char* other : {"other.1-of-3.jsonl", "run.1-of-3.json", "run.x-of-3.jsonl",
                            "run.jsonl", "run.1-of-3.jsonl.old", "run.1-of-3-of-4.jsonl"}) {
    write_file(fixture.dir / other, "not ours");
  }
  CHECK(fixture.merge() == 0);
  CHECK(fixture.merged().size() == 3);
  fixture.shard("1-of-3", entry("a.jpg", "done") + summary(1.0));
  CHECK_THROWS_WITH(fixture.merge(),
                    Contains("with 2 and with 3 shards") || Contains("with 3 and with 2 shards"));
}

TEST_CASE("a shard's file that is no report is refused by name", "[cli]") {
  const Fixture fixture;
  fixture.shard("1-of-2", entry("a.jpg", "done") + summary(1.0));
  for (const std::string odd :
       {"rubbish\n", "[]\n", "{}\n", "{\"input\":3,\"status\":\"done\"}\n", "{\"input\":\"b\"}\n",
        "{\"input\":\"b\",\"status\":7}\n", "{\"summary\":3}\n"}) {
    CAPTURE(odd);
    fixture.shard("2-of-2", odd + summary(1.0));
    CHECK_THROWS_WITH(fixture.merge(), Contains("run.2-of-2.jsonl") && Contains("no report"));
  }
}
