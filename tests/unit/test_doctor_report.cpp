#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "src/cli/doctor_report.h"

using namespace stylize::cli;
using Catch::Contains;

namespace {

DoctorReport report_of(const Section& section) {
  return {.version = "1.2.3", .device = "cpu", .precision = "fp32", .findings = section.findings()};
}

}  // namespace

TEST_CASE("a report says at the end how bad it is", "[cli]") {
  Section section("Things");
  section.ok("a", "fine");
  section.note("b", "could be more");
  CHECK_THAT(to_text(report_of(section)), Catch::EndsWith("\nAll well.\n"));
  section.warning("c", "slow", "do this");
  CHECK_THAT(to_text(report_of(section)), Contains("All works, with 1 warning"));
  section.problem("d", "broken", "do that");
  section.problem("e", "broken", "do that too");
  CHECK_THAT(to_text(report_of(section)), Contains("2 problems") && Contains("1 warning"));
}

TEST_CASE("names are aligned and remedies stand below", "[cli]") {
  Section section("Things");
  section.ok("a", "fine");
  section.problem("longer", "two\nlines", "do that");
  CHECK_THAT(to_text(report_of(section)), Contains("\nThings\n"
                                                   "  a       fine\n"
                                                   "✗ longer  two lines\n"
                                                   "          → do that\n"));
}

TEST_CASE("an error's own remedy is taken before the general one", "[cli]") {
  Section section("Things");
  section.problem_from("a", "x: broken (do (only) this)", "do that");
  section.problem_from("b", "x: broken", "do that");
  section.problem_from("c", "call f()", "do that");
  const std::vector<Finding>& findings = section.findings();
  CHECK(findings[0].value == "x: broken");
  CHECK(findings[0].remedy == "do (only) this");
  CHECK(findings[1].value == "x: broken");
  CHECK(findings[1].remedy == "do that");
  CHECK(findings[2].value == "call f()");
}

TEST_CASE("a report is one JSON object", "[cli]") {
  Section section("Things");
  section.problem("name", "broken \xff", "do that");
  const auto object = nlohmann::json::parse(to_json_text(report_of(section)));
  CHECK(object.at("ok") == false);
  CHECK(object.at("problems") == 1);
  CHECK(object.at("findings").at(0).at("remedy") == "do that");
  const auto healthy = nlohmann::json::parse(to_json_text({}));
  CHECK(healthy.at("ok") == true);
  CHECK(healthy.at("device").is_null());
}
