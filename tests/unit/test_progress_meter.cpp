#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "src/cli/progress_meter.h"

using namespace stylize;
using namespace stylize::cli;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

using Clock = ProgressMeter::Clock;

// A meter of a run whose time is the test's.
struct Run {
  Clock::time_point start = Clock::time_point{} + 1000h;
  Clock::time_point now = start;
  ProgressMeter meter;

  explicit Run(int total) : meter(total, start) {}

  void add(int count, Clock::duration each, JobStatus status = JobStatus::kDone) {
    for (int i = 0; i < count; ++i) {
      now += each;
      meter.add(status, now);
    }
  }
};

}  // namespace

TEST_CASE("progress names count, rate and what is left", "[cli]") {
  Run run(100);
  CHECK(run.meter.line() == "0 of 100 (0 %)");
  run.add(25, 500ms);
  CHECK(run.meter.line() == "25 of 100 (25 %), 2.0/s, 0:38 left");
  run.add(75, 500ms);
  CHECK(run.meter.line() == "100 of 100 (100 %), 2.0/s, 0:00 left");
}

TEST_CASE("slow runs are told in seconds a file, long ones in hours", "[cli]") {
  Run slow(1000);
  slow.add(10, 15s);
  CHECK(slow.meter.line() == "10 of 1000 (1 %), 15.0 s each, 4:07:30 left");
  Run failing(4);
  failing.add(2, 30s, JobStatus::kFailed);
  CHECK(failing.meter.line() == "2 of 4 (50 %), 30.0 s each, 1:00 left");
}

TEST_CASE("files that an earlier run has done do not count for the rate", "[cli]") {
  Run run(100);
  run.add(50, 10ms, JobStatus::kSkipped);
  CHECK(run.meter.line() == "50 of 100 (50 %)");
  run.add(10, 2s);
  CHECK(run.meter.line() == "60 of 100 (60 %), 2.0 s each, 1:20 left");
}

TEST_CASE("nothing to do is all done", "[cli]") {
  const Run none(0);
  CHECK(none.meter.line() == "0 of 0 (100 %)");
  CHECK_THAT(none.meter.bar(80), Contains("100 %  0/0"));
}

TEST_CASE("the bar is as wide as the terminal has room, and fills from left to right", "[cli]") {
  Run run(200);
  const std::string empty = run.meter.bar(80);
  CHECK(empty.find("[>") == 0);
  run.add(100, 250ms);
  const std::string half = run.meter.bar(120);
  CHECK(half == "[" + std::string(20, '=') + ">" + std::string(19, ' ') +
                    "]  50 %  100/200  4.0/s, 0:25 left");
  run.add(100, 250ms);
  CHECK(run.meter.bar(120).find("[" + std::string(40, '=') + "] 100 %") == 0);
  for (const std::size_t columns : {200U, 80U, 60U, 50U, 45U, 40U, 20U, 1U}) {
    const std::string bar = run.meter.bar(columns);
    CHECK_THAT(bar, Contains("100 %  200/200"));
    if (bar.front() == '[') {
      CHECK(bar.size() < columns);  // else it would wrap
    }
  }
  CHECK(run.meter.bar(40).front() != '[');  // words before ornaments
}
