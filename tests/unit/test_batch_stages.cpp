// How the stages of a batch work together: at once, in batches, within a bound.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "fake_batch.h"
#include "watchdog.h"

using namespace stylize;
using namespace stylize::test;

TEST_CASE("the next picture is loaded while one is drawn", "[pipeline]") {
  const Watchdog watchdog;
  constexpr int kCount = 6;
  NumberedBatch batch(kCount);
  Counter loaded;
  batch.steps.prepare = [&](int) { loaded.add(); };
  // One after the other, the first would wait for ever.
  batch.steps.run = [&](const std::vector<int>& numbers) {
    loaded.wait_for(std::min(numbers.front() + 2, kCount));
  };
  CHECK(batch.run().done == kCount);
}

TEST_CASE("the next picture is drawn while one is saved", "[pipeline]") {
  const Watchdog watchdog;
  constexpr int kCount = 6;
  NumberedBatch batch(kCount);
  Counter begun;
  batch.steps.run = [&](const std::vector<int>&) { begun.add(); };
  batch.steps.finish = [&](int number) { begun.wait_for(std::min(number + 2, kCount)); };
  CHECK(batch.run().done == kCount);
}

TEST_CASE("all three stages are at work at once", "[pipeline]") {
  const Watchdog watchdog;
  NumberedBatch batch(3);
  Counter at_work;
  const auto meet = [&](bool here) {
    if (here) {
      at_work.add();
      at_work.wait_for(3);
    }
  };
  batch.steps.finish = [&](int number) { meet(number == 0); };
  batch.steps.run = [&](const std::vector<int>& numbers) { meet(numbers.front() == 1); };
  batch.steps.prepare = [&](int number) { meet(number == 2); };
  CHECK(batch.run().done == 3);
}

TEST_CASE("every thread of a stage and every network takes part", "[pipeline]") {
  const Watchdog watchdog;
  NumberedBatch batch(24);
  batch.options.threads = {.load = 3, .save = 4};
  Counter loading;
  Counter drawing;
  Counter saving;
  batch.steps.prepare = [&](int) {
    loading.add();
    loading.wait_for(3);
  };
  batch.steps.run = [&](const std::vector<int>&) {
    drawing.add();
    drawing.wait_for(2);
  };
  batch.steps.finish = [&](int) {
    saving.add();
    saving.wait_for(4);
  };
  CHECK(batch.run(2).done == 24);
  CHECK(batch.is_tidy());
}

TEST_CASE("one network draws one run at a time", "[pipeline]") {
  NumberedBatch batch(20);
  batch.options.threads = {.load = 4, .save = 4};
  std::atomic<int> at_once{0};
  std::atomic<bool> together{false};
  batch.steps.run = [&](const std::vector<int>&) {
    together = together || ++at_once > 1;
    --at_once;
  };
  CHECK(batch.run().done == 20);
  CHECK_FALSE(together.load());
}

namespace {

// Batches of pictures, the first of which is drawn only when the queue behind it is full.
struct BatchesOfThree : NumberedBatch {
  static constexpr int kLoaders = 6;
  static constexpr int kCount = 40;
  Counter loading;
  std::mutex mutex;
  std::vector<std::vector<int>> groups;

  BatchesOfThree() : NumberedBatch(kCount) {
    options.threads = {.load = kLoaders, .save = 2};
    steps.batch = 3;
    steps.prepare = [this](int) { loading.add(); };
    steps.run = [this](const std::vector<int>& numbers) { note(numbers); };
  }

  void note(const std::vector<int>& numbers) {
    // One or more are out, as many as there are loaders fill the queue, and each loader has begun
    // another one.
    loading.wait_for(static_cast<int>(numbers.size()) + 2 * kLoaders);
    const std::lock_guard lock(mutex);
    groups.push_back(numbers);
  }

  [[nodiscard]] std::size_t largest_group() const {
    std::size_t largest = 0;
    for (const std::vector<int>& group : groups) {
      largest = std::max(largest, group.size());
    }
    return largest;
  }
};

}  // namespace

TEST_CASE("pictures that fit together are drawn together", "[pipeline]") {
  const Watchdog watchdog;
  BatchesOfThree batch;
  CHECK(batch.run().done == BatchesOfThree::kCount);
  CHECK(batch.is_tidy());
  CHECK(batch.largest_group() == 3);  // and never more
}

TEST_CASE("pictures that do not fit together are drawn apart", "[pipeline]") {
  const Watchdog watchdog;
  BatchesOfThree batch;
  batch.steps.fit_together = [](int left, int right) { return left % 2 == right % 2; };
  CHECK(batch.run().done == BatchesOfThree::kCount);
  for (const std::vector<int>& group : batch.groups) {
    for (const int number : group) {
      CHECK(number % 2 == group.front() % 2);
    }
  }
  BatchesOfThree apart;
  apart.steps.fit_together = [](int, int) { return false; };
  CHECK(apart.run().done == BatchesOfThree::kCount);
  CHECK(apart.largest_group() == 1);
}

TEST_CASE("one bad picture of a batch fails alone", "[pipeline]") {
  const Watchdog watchdog;
  BatchesOfThree batch;
  constexpr int kBad = 10;
  batch.steps.run = [&](const std::vector<int>& numbers) {
    batch.note(numbers);
    if (std::find(numbers.begin(), numbers.end(), kBad) != numbers.end()) {
      throw std::runtime_error("too odd to be drawn");
    }
  };
  const BatchSummary summary = batch.run();
  CHECK(summary.failed == 1);
  CHECK(summary.done == BatchesOfThree::kCount - 1);
  CHECK_THAT(batch.result(kBad).failure->message, Catch::Contains("too odd"));
  CHECK(batch.largest_group() == 3);
  CHECK(batch.is_tidy());
}

namespace {

// Counts the pictures between the begin of their loading and their end.
struct CountedBatch : NumberedBatch {
  std::atomic<int> in_flight{0};
  std::atomic<int> most{0};
  Counter loading;

  // Nothing is drawn before `gathered` pictures are in flight.
  CountedBatch(int count, int gathered) : NumberedBatch(count) {
    options.threads = {.load = 8, .save = 8};
    steps.prepare = [this](int) {
      const int now = ++in_flight;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      loading.add();
    };
    steps.run = [this, gathered](const std::vector<int>&) { loading.wait_for(gathered); };
    on_result = [this](const JobResult&) { --in_flight; };
  }
};

}  // namespace

TEST_CASE("pictures in flight keep within the memory they were given", "[pipeline]") {
  const Watchdog watchdog;
  constexpr std::size_t kDecoded = std::size_t{8} * 6 * 3;
  constexpr std::size_t kEach = 3 * kDecoded;  // decoded, drawn, encoded
  SECTION("room for four") {
    CountedBatch batch(100, 4);
    batch.options.memory = 5 * kEach - 1;
    CHECK(batch.run().done == 100);
    CHECK(batch.most == 4);
  }
  SECTION("each larger than all the memory: one at a time") {
    CountedBatch batch(30, 1);
    batch.options.memory = 1;
    CHECK(batch.run().done == 30);
    CHECK(batch.most == 1);
  }
  SECTION("with room for all it is the queues that bound them") {
    CountedBatch batch(100, 17);  // one is drawn, 8 wait, 8 are loaded
    CHECK(batch.run().done == 100);
    CHECK(batch.most >= 17);
    CHECK(batch.most <= 8 + 8 + 1 + 8 + 8);
  }
}

TEST_CASE("large and small pictures share the memory without waiting for ever", "[pipeline]") {
  const Watchdog watchdog;
  NumberedBatch batch(60);
  for (std::size_t i = 0; i < batch.jobs.size(); i += 7) {
    NumberedBatch large(1, {200, 100});
    std::filesystem::copy_file(large.jobs[0].input, batch.jobs[i].input,
                               std::filesystem::copy_options::overwrite_existing);
  }
  batch.options.threads = {.load = 4, .save = 3};
  batch.options.memory = 1000;  // two small ones
  CHECK(batch.run(2).done == 60);
}
