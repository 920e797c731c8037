#include <catch2/catch.hpp>
#include <new>
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
    return run_batch(
        jobs, stylize, options, cancellation,
        {[](const Job&) {}, [this](const JobResult& result) { results.push_back(result); }});
  }
};

Image unchanged(Image image) { return image; }

}  // namespace

TEST_CASE("every input is done and reported in order", "[pipeline]") {
  Fixture fixture;
  const BatchSummary summary = fixture.run(unchanged);
  CHECK(summary.done == 3);
  REQUIRE(fixture.results.size() == 3);
  CHECK(fixture.results[1].job.input == fixture.jobs[1].input);
  CHECK(fixture.results[1].width == 12);
  CHECK(max_difference(load_pixels(fixture.dir / "new/folder/c.png"), colorful(12, 9)) == 0.0);
}

TEST_CASE("one bad file never ends a batch", "[pipeline]") {
  Fixture fixture;
  write_file(fixture.dir / "b.png", "rubbish");
  const BatchSummary summary = fixture.run(unchanged);
  CHECK(summary.done == 2);
  CHECK(summary.failed == 1);
  REQUIRE(fixture.results[1].failure);
  CHECK(fixture.results[1].failure->code == ErrorCode::kInputUnsupported);
  CHECK(fixture.results[1].failure->message.find(fixture.dir / "b.png") == 0);
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
  CHECK(fixture.results[0].failure->code == ErrorCode::kOutOfMemory);
  CHECK(fixture.results[1].failure->code == ErrorCode::kInternal);
  CHECK(fixture.results[1].failure->message == fixture.jobs[1].input.string() + ": odd");
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
  const BatchSummary summary = fixture.run(unchanged);
  CHECK(summary.skipped == 3);
  CHECK(summary.failed == 0);
}
