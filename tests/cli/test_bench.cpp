#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;
using nlohmann::json;

namespace {

// A models folder with a tiny style named neg.
Arguments bench(const CliFixture& fixture, Arguments arguments) {
  std::filesystem::create_directories(fixture.dir / "models");
  std::filesystem::copy_file(fixture.style, fixture.dir / "models/neg.pt",
                             std::filesystem::copy_options::overwrite_existing);
  json manifest = json::parse(frame_manifest("neg"));
  manifest["file"] = "neg.pt";
  write_file(fixture.dir / "models/neg.json", manifest.dump());
  arguments.insert(arguments.begin(), {"bench", "--models-dir", "models", "--runs", "4"});
  return arguments;
}

}  // namespace

TEST_CASE("every combination is measured and told as JSON", "[bench]") {
  const CliFixture fixture;
  const Finished run =
      fixture.run_plain(bench(fixture, {"--json", "-s", "neg", "--size", "64", "--size", "40x24",
                                        "--batch", "1", "--batch", "3", "-t", "1"}));
  REQUIRE(run.code == 0);
  const json report = json::parse(run.out);
  CHECK(report.at("version").is_string());
  REQUIRE(report.at("rows").size() == 4);
  for (const json& row : report.at("rows")) {
    CHECK(row.at("style") == "neg");
    CHECK(row.at("precision") == "fp32");
    CHECK(row.at("device") == "cpu");
    CHECK(row.at("threads") == 1);
    CHECK(row.at("runs") == 4);
    CHECK(row.at("first_ms") > 0.0);
    CHECK(row.at("median_ms") > 0.0);
    CHECK(row.at("p95_ms") >= row.at("median_ms"));
    CHECK(row.at("peak_mb") > 1.0);
    const double rate = row.at("batch").get<double>() / row.at("median_ms").get<double>() * 1e3;
    CHECK(row.at("images_per_second").get<double>() == Approx(rate));
  }
  CHECK(report.at("rows").at(1).at("batch") == 3);
  CHECK(report.at("rows").at(2).at("width") == 40);
  CHECK(report.at("rows").at(2).at("height") == 24);
}

TEST_CASE("a later run is compared with an earlier report", "[bench]") {
  const CliFixture fixture;
  const Arguments one{"-s", "neg", "--size", "32", "-t", "1"};
  Arguments first = bench(fixture, one);
  first.insert(first.end(), {"--report", "before.json"});
  const Finished before = fixture.run_plain(first);
  REQUIRE(before.code == 0);
  CHECK_THAT(before.out, Contains("MEDIAN ms") && Contains("32x32") && !Contains("BEFORE"));
  Arguments second = bench(fixture, one);
  second.insert(second.end(), {"--compare", "before.json"});
  const Finished after = fixture.run_plain(second);
  REQUIRE(after.code == 0);
  CHECK_THAT(after.out, Contains("NOW/BEFORE"));
}

TEST_CASE("what cannot be measured is refused before anything is", "[bench]") {
  const CliFixture fixture;
  CHECK(fixture.run_plain(bench(fixture, {"-s", "neg", "-s", "nothing"})).code == 2);
  CHECK(fixture.run_plain(bench(fixture, {"-s", "neg", "--size", "12y"})).code == 2);
  CHECK(fixture.run_plain(bench(fixture, {"-s", "neg", "--size", "0"})).code == 2);
  CHECK(fixture.run_plain(bench(fixture, {"-s", "neg", "--precision", "int4"})).code == 2);
  CHECK(fixture.run_plain(bench(fixture, {"-s", "neg", "--batch", "0"})).code == 2);
  const Finished file = fixture.run_plain(bench(fixture, {"-s", fixture.style}));
  CHECK(file.code == 2);
  CHECK_THAT(file.err, Contains("models import"));
  write_file(fixture.dir / "odd.json", "[]");
  const Finished odd = fixture.run_plain(bench(fixture, {"-s", "neg", "--compare", "odd.json"}));
  CHECK(odd.code == 1);
  CHECK_THAT(odd.err, Contains("odd.json"));
}
