#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/pipeline/batch_runner.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;

namespace {

struct Fixture {
  TempDir dir;
  std::vector<Job> jobs;
  CancellationToken cancellation;
  BatchOptions options;
  std::vector<JobResult> results;

  Fixture() {
    for (const std::string name : {"a", "b", "c"}) {
      save_picture(dir / (name + ".png"), colorful(12, 9));
      Job job;
      job.input = dir / (name + ".png");
      job.output = dir / ("new/folder/" + name + ".png");
      job.format = ImageFormat::kPng;
      jobs.push_back(job);
    }
  }

  BatchSummary run(const StylizeFunction& stylize) {
    std::vector<std::unique_ptr<Stylizer>> stylizers;
    stylizers.push_back(make_stylizer(stylize));
    return run_batch(
        jobs, stylizers, options, cancellation,
        {[](const Job&) {}, [this](const JobResult& result) { results.push_back(result); }});
  }

  // Failures come when they happen, before those that take longer.
  [[nodiscard]] const JobResult& result(const std::string& name) const {
    const auto found =
        std::find_if(results.begin(), results.end(),
                     [&name](const JobResult& result) { return result.job.input.stem() == name; });
    REQUIRE(found != results.end());
    return *found;
  }
};

Image unchanged(Image image) { return image; }

}  // namespace

TEST_CASE("every input is done and reported, in order where each stage has one thread",
          "[pipeline]") {
  Fixture fixture;
  const BatchSummary summary = fixture.run(unchanged);
  CHECK(summary.done == 3);
  REQUIRE(fixture.results.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(fixture.results[i].job.input == fixture.jobs[i].input);
    CHECK(fixture.results[i].width == 12);
    CHECK(fixture.results[i].height == 9);
  }
  CHECK(max_difference(load_pixels(fixture.dir / "new/folder/c.png"), colorful(12, 9)) == 0.0);
}

TEST_CASE("one bad file never ends a batch", "[pipeline]") {
  Fixture fixture;
  write_file(fixture.dir / "b.png", "rubbish");
  const BatchSummary summary = fixture.run(unchanged);
  CHECK(summary.done == 2);
  CHECK(summary.failed == 1);
  const std::optional<JobFailure>& failure = fixture.result("b").failure;
  REQUIRE(failure);
  CHECK(failure->code == ErrorCode::kInputUnsupported);
  CHECK(failure->message.find(fixture.dir / "b.png") == 0);
}

TEST_CASE("whatever a style throws becomes the failure of that input", "[pipeline]") {
  Fixture fixture;
  int call = 0;
  const BatchSummary summary = fixture.run([&call](Image image) -> Image {
    switch (call++) {
      case 0: throw std::bad_alloc();
      case 1: throw std::runtime_error("odd");
      default: return image;
    }
  });
  CHECK(summary.failed == 2);
  CHECK(summary.done == 1);
  CHECK(fixture.result("a").failure->code == ErrorCode::kOutOfMemory);
  CHECK(fixture.result("b").failure->code == ErrorCode::kInternal);
  CHECK(fixture.result("b").failure->message == fixture.dir / "b.png: odd");
}

TEST_CASE("fail-fast stops at the first failure", "[pipeline]") {
  Fixture fixture;
  fixture.options.fail_fast = true;
  write_file(fixture.dir / "a.png", "rubbish");
  const BatchSummary summary = fixture.run(unchanged);
  CHECK(summary.failed == 1);
  CHECK(summary.done == 0);
  CHECK(fixture.results.size() == 1);
}

TEST_CASE("a cancelled batch finishes the picture in flight and stops", "[pipeline]") {
  Fixture fixture;
  const BatchSummary summary = fixture.run([&fixture](Image image) {
    fixture.cancellation.cancel();
    return image;
  });
  CHECK(summary.interrupted);
  CHECK(summary.done == 1);
  CHECK(fixture.dir.names() == std::vector<std::string>{"a.png", "b.png", "c.png", "new/",
                                                        "new/folder/", "new/folder/a.png"});
}

TEST_CASE("skipped jobs touch nothing", "[pipeline]") {
  Fixture fixture;
  for (Job& job : fixture.jobs) {
    job.skip = true;
    job.input = "/no/such/file";
  }
  // Nothing is drawn, so there need not be a network.
  const BatchSummary summary = run_batch(fixture.jobs, {}, fixture.options, fixture.cancellation,
                                         {[](const Job&) {}, [](const JobResult&) {}});
  CHECK(summary.total == 3);
  CHECK(summary.skipped == 3);
  CHECK(summary.failed == 0);
  CHECK(fixture.dir.names() == std::vector<std::string>{"a.png", "b.png", "c.png"});
}

TEST_CASE("no jobs are no trouble", "[pipeline]") {
  Fixture fixture;
  fixture.jobs.clear();
  const BatchSummary summary = fixture.run(unchanged);
  CHECK(summary.total == 0);
  CHECK_FALSE(summary.interrupted);
}

TEST_CASE("what is no picture is copied byte for byte", "[pipeline]") {
  Fixture fixture;
  write_file(fixture.dir / "b.png", std::string("any\0thing", 9));
  fixture.jobs[1].copy = true;
  fixture.jobs[2].copy = true;
  fixture.jobs[2].input = fixture.dir / "missing";
  const BatchSummary summary = fixture.run(unchanged);
  CHECK(summary.done == 1);
  CHECK(summary.copied == 1);
  CHECK(summary.failed == 1);
  CHECK(read_file(fixture.dir / "new/folder/b.png") == std::string("any\0thing", 9));
  CHECK(fixture.result("missing").failure->code == ErrorCode::kInputMissing);
}
