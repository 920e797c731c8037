#include <catch2/catch.hpp>
#include <string>

#include "src/cli/picture_options.h"
#include "stylize/core/error.h"

using namespace stylize;
using namespace stylize::cli;

namespace {

StageCounts counts(const std::string& jobs, int threads, DeviceKind kind) {
  PictureOptions options;
  options.jobs = jobs;
  ComputeChoice compute;
  compute.device.kind = kind;
  compute.threads = threads;
  return stage_counts(options, compute);
}

}  // namespace

TEST_CASE("the stages take a part of the threads that the run may use", "[cli]") {
  struct Case {
    int threads;
    DeviceKind kind;
    int stage;
  };
  for (const Case& known : {Case{1, DeviceKind::kCpu, 1}, Case{1, DeviceKind::kCuda, 1},
                            Case{12, DeviceKind::kCpu, 3}, Case{12, DeviceKind::kCuda, 6},
                            Case{64, DeviceKind::kCpu, 8}, Case{64, DeviceKind::kCuda, 8}}) {
    CAPTURE(known.threads);
    const StageCounts stages = counts({}, known.threads, known.kind);
    CHECK(stages.threads.load == known.stage);
    CHECK(stages.threads.save == known.stage);
    CHECK(stages.run == 1);
  }
}

TEST_CASE("the threads of the stages can be named", "[cli]") {
  const StageCounts each = counts("5:2:7", 1, DeviceKind::kCpu);
  CHECK(each.threads.load == 5);
  CHECK(each.run == 2);
  CHECK(each.threads.save == 7);
  const StageCounts one = counts("4", 1, DeviceKind::kCpu);
  CHECK(one.threads.load == 4);
  CHECK(one.run == 1);
  CHECK(one.threads.save == 4);
  for (const std::string wrong : {"0", "65", "-1", "x", "1:2", "1:2:3:4", "1::2", "1:2:"}) {
    CAPTURE(wrong);
    CHECK_THROWS_WITH(counts(wrong, 1, DeviceKind::kCpu),
                      Catch::StartsWith("--jobs " + wrong + ": ") &&
                          Catch::Contains("LOAD:RUN:SAVE, or one number"));
  }
}
