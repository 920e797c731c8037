#include <catch2/catch.hpp>

#include "src/cli/exit_codes.h"

using namespace stylize;
using stylize::cli::exit_code;

TEST_CASE("the exit code tells how a batch went", "[cli]") {
  CHECK(exit_code({.total = 2, .done = 2}) == 0);
  CHECK(exit_code({.total = 2, .done = 1, .skipped = 1}) == 0);
  CHECK(exit_code({.total = 2, .done = 1, .failed = 1}) == 3);
  CHECK(exit_code({.total = 2, .skipped = 1, .failed = 1}) == 3);
  CHECK(exit_code({.total = 1, .failed = 1}) == 1);
  CHECK(exit_code({.total = 3, .done = 1, .interrupted = true}) == 130);
}

TEST_CASE("the exit code tells usage from failure", "[cli]") {
  CHECK(exit_code(ErrorCode::kUsage) == 2);
  CHECK(exit_code(ErrorCode::kStyleUnknown) == 2);
  CHECK(exit_code(ErrorCode::kOutputExists) == 2);
  CHECK(exit_code(ErrorCode::kModelMissing) == 1);
  CHECK(exit_code(ErrorCode::kDeviceUnavailable) == 1);
}
