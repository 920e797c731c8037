#include <catch2/catch.hpp>
#include <string>

#include "src/cli/bench_report.h"
#include "stylize/core/error.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::cli;
using namespace stylize::test;
using Catch::Contains;

namespace {

BenchRow row(const std::string& style, int width, double median) {
  return {{"style", style},
          {"width", width},
          {"height", 512},
          {"precision", "fp32"},
          {"batch", 1},
          {"device", "cpu"},
          {"threads", 2},
          {"median_ms", median},
          {"p95_ms", median * 2},
          {"first_ms", 900.0},
          {"images_per_second", 1000.0 / median},
          {"peak_mb", 300.0}};
}

}  // namespace

TEST_CASE("a report written is a report read", "[cli]") {
  const TempDir dir;
  write_file(dir / "report.json", bench_json({row("cel", 512, 100.0)}));
  const std::vector<BenchRow> rows = read_bench_report(dir / "report.json");
  REQUIRE(rows.size() == 1);
  CHECK(rows.front() == row("cel", 512, 100.0));
}

TEST_CASE("only the same measurement is compared", "[cli]") {
  std::vector<BenchRow> now{row("cel", 512, 80.0), row("cel", 1024, 80.0), row("ink", 512, 80.0)};
  compare_with(now, {row("cel", 512, 100.0), row("ink", 256, 40.0)});
  CHECK(now[0].at("ratio").get<double>() == Approx(0.8));
  CHECK_FALSE(now[1].contains("ratio"));
  CHECK_FALSE(now[2].contains("ratio"));
  const std::string table = bench_table(now);
  CHECK_THAT(table, Contains("NOW/BEFORE") && Contains("0.80") && Contains("512x512"));
}

TEST_CASE("a file that is no report is refused by name", "[cli]") {
  const TempDir dir;
  for (const char* content : {"", "{", "[]", R"({"rows": 3})", R"({"rows": [3]})",
                              R"({"rows": [{"median_ms": "fast"}]})"}) {
    write_file(dir / "odd.json", content);
    CHECK_THROWS_WITH(read_bench_report(dir / "odd.json"), Contains("odd.json"));
  }
  CHECK_THROWS_AS(read_bench_report(dir / "none.json"), Error);
}
