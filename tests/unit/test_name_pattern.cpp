#include <catch2/catch.hpp>
#include <string>

#include "stylize/core/error.h"
#include "stylize/pipeline/name_pattern.h"

using namespace stylize;
using Catch::Contains;

namespace {

std::string fill(const std::string& pattern) {
  return fill_pattern(pattern,
                      {.stem = "my photo", .name = "my photo.JPG", .style = "cel", .ext = ".webp"});
}

}  // namespace

TEST_CASE("fields of a pattern are filled in, the rest stays", "[pipeline]") {
  CHECK(fill("{stem}{ext}") == "my photo.webp");
  CHECK(fill("{stem}.{style}{ext}") == "my photo.cel.webp");
  CHECK(fill("{name}.png") == "my photo.JPG.png");
  CHECK(fill("{style} - {stem}-{stem}") == "cel - my photo-my photo");
  CHECK(fill("same.png") == "same.png");
}

TEST_CASE("what is filled in is not read as a pattern again", "[pipeline]") {
  CHECK(fill_pattern("{stem}", {.stem = "{ext}", .name = {}, .style = {}, .ext = {}}) == "{ext}");
}

TEST_CASE("patterns that make no name are refused", "[pipeline]") {
  for (const char* pattern : {"", "{stem", "stem}", "{}", "{Stem}", "{stem }", "{stem}}",
                              "{{stem}}", "sub/{stem}", "/{stem}", "{index}"}) {
    CAPTURE(pattern);
    CHECK_THROWS_WITH(fill(pattern), Contains("--pattern '" + std::string(pattern) + "'") &&
                                         Contains("{stem}, {ext}, {name} and {style}"));
  }
}
