// How a batch ends: by failures, by the user, by an observer; whatever the stage.
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "fake_batch.h"
#include "stylize/core/error.h"
#include "watchdog.h"

using namespace stylize;
using namespace stylize::test;

namespace {

enum class Stage { kPrepare, kStart, kRun, kFinish, kResult };

// Calls `act` when `number` passes the stage.
void at_stage(NumberedBatch& batch, Stage stage, int number, const std::function<void()>& act) {
  const auto act_if = [number, act](int here) {
    if (here == number) {
      act();
    }
  };
  switch (stage) {
    case Stage::kPrepare: batch.steps.prepare = act_if; break;
    case Stage::kStart: batch.on_start = act_if; break;
    case Stage::kRun:
      batch.steps.run = [act_if](const std::vector<int>& numbers) {
        for (const int here : numbers) {
          act_if(here);
        }
      };
      break;
    case Stage::kFinish: batch.steps.finish = act_if; break;
    case Stage::kResult:
      batch.on_result = [act_if](const JobResult& result) { act_if(std::stoi(result.job.id)); };
      break;
  }
}

int sum(const BatchSummary& summary) {
  return summary.done + summary.skipped + summary.copied + summary.failed;
}

}  // namespace

TEST_CASE("a failure in any stage is that picture's alone", "[pipeline]") {
  const Watchdog watchdog;
  const Stage stage = GENERATE(Stage::kPrepare, Stage::kRun, Stage::kFinish);
  NumberedBatch batch(20);
  batch.options.threads = {.load = 3, .save = 2};
  at_stage(batch, stage, 11, [] { throw Error(ErrorCode::kNoFace, "", "nobody there"); });
  const BatchSummary summary = batch.run(2);
  CHECK(summary.done == 19);
  CHECK(summary.failed == 1);
  CHECK(batch.result(11).failure->code == ErrorCode::kNoFace);
  CHECK(batch.is_tidy());
}

TEST_CASE("a batch where everything fails comes to its end", "[pipeline]") {
  const Watchdog watchdog;
  constexpr int kCount = 40;
  NumberedBatch batch(kCount);
  batch.options.threads = {.load = 4, .save = 3};
  batch.options.memory = 1;
  const auto fail = [](int) { throw std::runtime_error("no"); };
  SECTION("all files are damaged") {
    for (int number = 0; number < kCount; ++number) {
      batch.spoil(number);
    }
  }
  SECTION("all fail before the network") { batch.steps.prepare = fail; }
  SECTION("all fail in the network, in batches and one by one") {
    batch.options.memory = 0;
    batch.steps.batch = 4;
    batch.steps.run = [](const std::vector<int>&) { throw std::runtime_error("no"); };
  }
  SECTION("all fail behind the network") { batch.steps.finish = fail; }
  SECTION("all outputs are unwritable") { write_file(batch.dir / "out", "in the way"); }
  CHECK(batch.run(2).failed == kCount);
  CHECK(batch.results.size() == kCount);
}

TEST_CASE("every input is reported once, whatever becomes of it", "[pipeline]") {
  const Watchdog watchdog;
  constexpr int kCount = 300;
  NumberedBatch batch(kCount);
  batch.options.threads = {.load = 4, .save = 4};
  batch.options.memory = 3000;
  batch.steps.batch = 3;
  batch.steps.fit_together = [](int left, int right) { return left % 4 == right % 4; };
  const auto fail_if = [](bool unlucky) {
    if (unlucky) {
      throw std::runtime_error("unlucky");
    }
  };
  batch.steps.prepare = [&](int number) { fail_if(number % 11 == 3); };
  batch.steps.finish = [&](int number) { fail_if(number % 13 == 3); };
  batch.steps.run = [&](const std::vector<int>& numbers) {
    for (const int number : numbers) {
      fail_if(number % 17 == 3);
    }
  };
  int spoiled = 0;
  for (int number = 5; number < kCount; number += 50) {
    batch.spoil(number);
    batch.jobs[static_cast<std::size_t>(number) + 1].skip = true;
    ++spoiled;
  }
  const BatchSummary summary = batch.run(3);
  CHECK(sum(summary) == kCount);
  CHECK(summary.skipped == spoiled);
  for (int number = 0; number < kCount; ++number) {
    CHECK(batch.reports(number) == 1);
    const bool fails = number % 11 == 3 || number % 13 == 3 || number % 17 == 3 || number % 50 == 5;
    const bool skipped = number % 50 == 6;
    CHECK((batch.result(number).status == JobStatus::kFailed) == (fails && !skipped));
  }
  CHECK(batch.is_tidy());
}

TEST_CASE("a batch can be cancelled in any stage", "[pipeline]") {
  const Watchdog watchdog;
  const Stage stage =
      GENERATE(Stage::kPrepare, Stage::kStart, Stage::kRun, Stage::kFinish, Stage::kResult);
  const int networks = GENERATE(1, 2);
  constexpr int kCount = 60;
  NumberedBatch batch(kCount);
  batch.options.threads = {.load = 2, .save = 2};
  std::atomic<int> begun{0};
  batch.on_start = [&](int) { ++begun; };
  const auto count_start = batch.on_start;
  at_stage(batch, stage, 20, [&] { batch.cancellation.cancel(); });
  if (stage == Stage::kStart) {
    batch.on_start = [count_start, act = batch.on_start](int number) {
      count_start(number);
      act(number);
    };
  }
  const BatchSummary summary = batch.run(networks);
  CHECK(summary.interrupted);
  CHECK(summary.total == kCount);
  CHECK(summary.done < kCount);
  // What was begun was finished and saved, and nothing else.
  CHECK(summary.done == begun);
  CHECK(summary.failed == 0);
  CHECK(batch.results.size() == static_cast<std::size_t>(summary.done));
  CHECK(batch.is_tidy());
}

TEST_CASE("a batch that is cancelled before it begins draws nothing", "[pipeline]") {
  NumberedBatch batch(5);
  batch.cancellation.cancel();
  batch.on_start = [](int) { FAIL("drawn"); };
  const BatchSummary summary = batch.run(2);
  CHECK(summary.interrupted);
  CHECK(sum(summary) == 0);
}

TEST_CASE("fail-fast stops at a failure in any stage", "[pipeline]") {
  const Watchdog watchdog;
  const Stage stage = GENERATE(Stage::kPrepare, Stage::kRun, Stage::kFinish);
  constexpr int kCount = 60;
  NumberedBatch batch(kCount);
  batch.options.fail_fast = true;
  batch.options.threads = {.load = 2, .save = 2};
  at_stage(batch, stage, 20, [] { throw std::runtime_error("no"); });
  const BatchSummary summary = batch.run();
  CHECK(summary.failed == 1);
  CHECK(summary.done < kCount - 1);
  CHECK_FALSE(summary.interrupted);
  CHECK(batch.is_tidy());
}

TEST_CASE("a full disk stops the batch", "[pipeline]") {
  const Watchdog watchdog;
  NumberedBatch batch(50);
  std::atomic<int> drawn{0};
  batch.steps.run = [&](const std::vector<int>&) { ++drawn; };
  at_stage(batch, Stage::kFinish, 0,
           [] { throw Error(ErrorCode::kDiskFull, "out", "cannot write: the disk is full"); });
  const BatchSummary summary = batch.run();
  CHECK(batch.result(0).failure->code == ErrorCode::kDiskFull);
  CHECK(summary.failed == 1);
  // One waited to be saved, one to be put behind it.
  CHECK(drawn <= 3);
  CHECK(summary.done == drawn - 1);
  CHECK_FALSE(summary.interrupted);
}

TEST_CASE("an observer that throws ends the batch and is heard", "[pipeline]") {
  const Watchdog watchdog;
  const Stage stage = GENERATE(Stage::kStart, Stage::kResult);
  const int number = GENERATE(0, 12, 29);
  NumberedBatch batch(30);
  batch.options.threads = {.load = 3, .save = 3};
  batch.options.memory = 1000;
  at_stage(batch, stage, number, [] { throw std::logic_error("the reader went away"); });
  CHECK_THROWS_WITH(batch.run(2), "the reader went away");
}

TEST_CASE("an observer that throws at a picture that failed to load is heard, too", "[pipeline]") {
  const Watchdog watchdog;
  NumberedBatch batch(30);
  batch.options.threads = {.load = 3, .save = 3};
  batch.spoil(4);
  batch.on_result = [](const JobResult& result) {
    if (result.failure) {
      throw std::logic_error("the reader went away");
    }
  };
  CHECK_THROWS_WITH(batch.run(), "the reader went away");
}
