// What `stylize models` says about face styles and their parts.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;
using nlohmann::json;

TEST_CASE("a face style says at what size it draws faces and what else it takes", "[models]") {
  const CliFixture fixture;
  const auto info = [&fixture](const std::string& name) {
    return fixture.run_plain({"models", "info", name}).out;
  };
  CHECK_THAT(info("jojo"), Contains("each face as a square of 1024 pixels") &&
                               Contains("e4e, landmarks") &&
                               Contains("stylegan2_ffhq (for --strength below 1)"));
  CHECK_THAT(info("blendgan"), Contains("--reference"));
  CHECK_THAT(info("animegan2"),
             Contains("512 pixels on the long side; with --faces each face as a square of 512"));
  CHECK_THAT(info("cel"), Contains("768 pixels on the long side") && !Contains("face"));
  CHECK_THAT(info("e4e"), !Contains("drawn at"));

  const json facts = json::parse(fixture.run_plain({"models", "info", "jojo", "--json"}).out);
  CHECK(facts.at("domain") == "face");
  CHECK(facts.at("face_size") == 1024);
  CHECK(facts.at("base") == "stylegan2_ffhq");
  CHECK(facts.at("reference") == false);
}

TEST_CASE("parts of face styles are listed apart from the styles", "[models]") {
  const CliFixture fixture;
  const std::string list = fixture.run_plain({"models", "list"}).out;
  const std::size_t parts = list.find("Parts of face styles");
  REQUIRE(parts != std::string::npos);
  for (const std::string style : {"\njojo ", "\nblendgan ", "\nface_paint_512_v2 ", "\ncel "}) {
    CHECK(list.find(style) < parts);
  }
  for (const std::string part : {"\ne4e ", "\npsp ", "\nlandmarks ", "\nstylegan2_ffhq "}) {
    CHECK(list.find(part) != std::string::npos);
    CHECK(list.find(part) > parts);
  }
}
