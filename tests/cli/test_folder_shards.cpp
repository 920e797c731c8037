// `stylize folder --shard`: several machines at one folder, and one report of all.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "folder_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

struct ShardFixture : FolderFixture {
  static constexpr int kPictures = 30;
  Files whole;

  ShardFixture() {
    for (int i = 0; i < kPictures; ++i) {
      picture("sub/" + std::to_string(i) + ".png", i);
    }
    REQUIRE(folder().code == 0);
    whole = out();
    fs::remove_all(dir / "out");
  }

  [[nodiscard]] Finished shard(const std::string& which, RunSettings more = {}) const {
    return folder({"--shard", which, "--json", "--report", "run.jsonl"}, std::move(more));
  }

  [[nodiscard]] Finished merge() const {
    return run_plain({"folder", "--merge-reports", "run.jsonl"});
  }
};

}  // namespace

TEST_CASE("three shards together do a folder once, and their reports become one",
          "[folder_shards]") {
  const ShardFixture fixture;
  std::size_t total = 0;
  for (const char* which : {"1/3", "2/3", "3/3"}) {
    const Finished run = fixture.shard(which);
    CHECK(run.code == 0);
    const JsonReport report(run.out);
    total += report.entries.size();
    CHECK(report.summary.at("done") == report.entries.size());  // nobody did it before
    CHECK_THAT(run.err, Contains("of other shards"));
  }
  CHECK(total == ShardFixture::kPictures);
  CHECK(fixture.out() == fixture.whole);
  CHECK(left_behind(fixture.dir.path()).empty());
  CHECK_FALSE(fs::exists(fixture.dir / "run.jsonl"));
  const Finished merged = fixture.merge();
  CHECK(merged.code == 0);
  CHECK_THAT(merged.err, Contains("30 of 30 done"));
  const JsonReport report(read_file(fixture.dir / "run.jsonl"));
  CHECK(report.entries.size() == ShardFixture::kPictures);
  CHECK(report.summary.at("done") == ShardFixture::kPictures);
  // A run of everything knows what the shards have done.
  CHECK(JsonReport(fixture.folder({"--json"}).out).summary.at("skipped") == 30);
}

TEST_CASE("shards at work at the same time do not disturb each other", "[folder_shards]") {
  const ShardFixture fixture;
  const RunSettings settings{.environment = same_on_all_machines(), .folder = fixture.dir.path()};
  RunningStylize first(fixture.command({"--shard", "1/2"}), settings);
  RunningStylize second(fixture.command({"--shard", "2/2"}), settings);
  CHECK(first.wait().code == 0);
  CHECK(second.wait().code == 0);
  CHECK(fixture.out() == fixture.whole);
}

TEST_CASE("a shard that was killed and started again completes the union", "[folder_shards]") {
  const ShardFixture fixture;
  CHECK(fixture.shard("1/2").code == 0);
  RunningStylize killed(
      fixture.command({"--shard", "2/2", "--json", "--report", "run.jsonl", "-j", "1:1:1"}),
      {.environment = same_on_all_machines(), .folder = fixture.dir.path()});
  REQUIRE_THAT(killed.read_line(), Contains("\"done\""));
  killed.send_signal(SIGKILL);
  static_cast<void>(killed.wait());
  const Finished early = fixture.merge();
  CHECK(early.code == 130);
  CHECK_THAT(early.err, Contains("run.2-of-2.jsonl: this shard was stopped before its end"));
  CHECK(fixture.shard("2/2").code == 0);
  CHECK(fixture.merge().code == 0);
  CHECK(JsonReport(read_file(fixture.dir / "run.jsonl")).entries.size() == 30);
  CHECK(fixture.out() == fixture.whole);
  CHECK(left_behind(fixture.dir.path()).empty());
}

TEST_CASE("reports of shards that are missing are named", "[folder_shards]") {
  const ShardFixture fixture;
  CHECK(fixture.merge().code == 2);
  CHECK(fixture.shard("2/3").code == 0);
  const Finished merged = fixture.merge();
  CHECK(merged.code == 3);
  CHECK_THAT(merged.err, Contains("the report of shard 1/3 is missing") &&
                             Contains("the report of shard 3/3 is missing"));
}

TEST_CASE("shards come from a Slurm array or an Indexed Job on demand", "[folder_shards]") {
  const ShardFixture fixture;
  const auto slurm = [](int task) {
    return RunSettings{.environment = {{"SLURM_ARRAY_TASK_ID", std::to_string(task)},
                                       {"SLURM_ARRAY_TASK_MIN", "0"},
                                       {"SLURM_ARRAY_TASK_MAX", "10"},
                                       {"SLURM_ARRAY_TASK_COUNT", "2"},
                                       {"SLURM_ARRAY_TASK_STEP", "10"}}};
  };
  CHECK(fixture.shard("auto", slurm(0)).code == 0);
  CHECK(fixture.out().size() < 30);
  CHECK(fixture.shard("auto", slurm(10)).code == 0);
  CHECK(fixture.out() == fixture.whole);
  CHECK(fixture.merge().code == 0);
  CHECK(fs::exists(fixture.dir / "run.2-of-2.jsonl"));
  const Finished pod = fixture.shard(
      "auto", {.environment = {{"JOB_COMPLETION_INDEX", "1"}, {"STYLIZE_SHARD_COUNT", "2"}}});
  CHECK(pod.code == 0);
  CHECK(JsonReport(pod.out).summary.at("done") == 0);
  // An array of the user's own, who has split the files already, changes nothing.
  CHECK(JsonReport(fixture.folder({"--json"}, slurm(0)).out).summary.at("total") == 30);
  CHECK(fixture.shard("auto").code == 2);
}
