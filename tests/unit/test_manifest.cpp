#include <catch2/catch.hpp>
#include <string>

#include "stylize/core/error.h"
#include "stylize/style/manifest.h"

using namespace stylize;

namespace {

std::string with(const std::string& members) {
  return R"({"name": "n", "family": "animegan")" + (members.empty() ? "" : ", " + members) + "}";
}

}  // namespace

TEST_CASE("a manifest gives what it says and defaults for the rest", "[style]") {
  const Manifest manifest = parse_manifest(with(R"("aliases": ["a"], "file": "n.pt", "size": 12,
              "input": {"range": [0, 1], "multiple_of": 4, "minimum": 8, "recommended_size": 640},
              "output": {"range": [-1, 1], "rounding": "truncate"},
              "licence": {"text": "MIT", "commercial": true}, "new_key": 1)"),
                                           "n.json");
  CHECK(manifest.aliases == std::vector<std::string>{"a"});
  CHECK(manifest.input_range.low == 0.0F);
  CHECK(manifest.multiple_of == 4);
  CHECK(manifest.minimum == 8);
  CHECK(manifest.recommended_size == 640);
  CHECK(manifest.rounding == Rounding::kTruncate);
  CHECK(manifest.licence.commercial);
  const Manifest bare = parse_manifest(with(""), "n.json");
  CHECK(bare.input_range.low == -1.0F);
  CHECK(bare.multiple_of == 1);
  CHECK_FALSE(bare.recommended_size);
  CHECK(bare.rounding == Rounding::kNearest);
  CHECK_FALSE(bare.licence.commercial);
}

TEST_CASE("a face style's manifest says what it cuts out and what it needs", "[style]") {
  const Manifest jojo = parse_manifest(
      R"({"name": "jojo", "family": "stylegan2", "domain": "face", "base": "ffhq",
          "requires": ["e4e", "landmarks"], "reference": false,
          "face": {"size": 1024, "expand": 1.0, "transform_size": 4096},
          "generator": {"n_latent": 18}, "output": {"size": 512}})",
      "jojo.json");
  CHECK(jojo.domain == Domain::kFace);
  CHECK(jojo.base == "ffhq");
  CHECK(jojo.required == std::vector<std::string>{"e4e", "landmarks"});
  CHECK_FALSE(jojo.reference);
  REQUIRE(jojo.face);
  CHECK(jojo.face->size == 1024);
  CHECK(jojo.face->transform_size == 4096);
  CHECK(jojo.n_latent == 18);
  CHECK(jojo.output_size == 512);
}

TEST_CASE("styles for whole pictures may run on faces too, if they say so", "[style]") {
  CHECK_FALSE(parse_manifest(with(""), "n.json").face);
  const Manifest paint =
      parse_manifest(with(R"("domain": "frame", "face": {"size": 512, "expand": 1.3})"), "n.json");
  CHECK(paint.domain == Domain::kFrame);
  REQUIRE(paint.face);
  CHECK(paint.face->expand == 1.3);
  CHECK(paint.face->transform_size == 512);
  // A face style without a word on its crop takes FFHQ's.
  REQUIRE(parse_manifest(with(R"("domain": "face")"), "n.json").face);
  CHECK(parse_manifest(with(R"("domain": "face")"), "n.json").face->size == 1024);
}

TEST_CASE("what would command a terminal is refused", "[style]") {
  for (const char* text :
       {R"("title": "a\u001b[2Jb")", R"("description": "a\nb")", R"("aliases": ["a\u0007"])",
        R"("licence": {"text": "\u009b31m"})", R"("source": {"urls": ["http://\u007f"]})"}) {
    INFO(text);
    CHECK_THROWS_WITH(parse_manifest(with(text), "n.json"), Catch::Contains("control characters"));
  }
  CHECK_NOTHROW(parse_manifest(with(R"("title": "Très beau – 絵")"), "n.json"));
}

TEST_CASE("a wrong manifest names the file and the key", "[style]") {
  const auto message = [](const std::string& text) -> std::string {
    try {
      parse_manifest(text, "n.json");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kModelInvalid);
      return error.what();
    }
    return "no error";
  };
  CHECK_THAT(message("{"), Catch::StartsWith("n.json: ") && Catch::Contains("JSON"));
  CHECK_THAT(message("[]"), Catch::Contains("object"));
  CHECK_THAT(message(R"({"family": "animegan"})"), Catch::Contains("'name' is missing"));
  CHECK_THAT(message(R"({"name": "n"})"), Catch::Contains("'family' is missing"));
  CHECK_THAT(message(with(R"("size": "big")")), Catch::Contains("'size'"));
  CHECK_THAT(message(with(R"("input": 3)")), Catch::Contains("input."));
  CHECK_THAT(message(with(R"("input": {"range": [1, 0]})")), Catch::Contains("'input.range'"));
  CHECK_THAT(message(with(R"("input": {"range": [1]})")), Catch::Contains("'input.range'"));
  CHECK_THAT(message(with(R"("input": {"multiple_of": 0})")), Catch::Contains("multiple_of"));
  CHECK_THAT(message(with(R"("input": {"minimum": 1000000})")), Catch::Contains("minimum"));
  CHECK_THAT(message(with(R"("output": {"rounding": "up"})")), Catch::Contains("rounding"));
  CHECK_THAT(message(with(R"("licence": {"commercial": "yes"})")), Catch::Contains("commercial"));
  CHECK_THAT(message(with(R"("domain": "video")")), Catch::Contains("'domain'"));
  CHECK_THAT(message(with(R"("face": {"size": 0})")), Catch::Contains("'face.size'"));
  CHECK_THAT(message(with(R"("face": {"expand": 0.5})")), Catch::Contains("'face.expand'"));
  CHECK_THAT(message(with(R"("face": {"size": 512, "transform_size": 256})")),
             Catch::Contains("'face.transform_size'"));
  CHECK_THAT(message(with(R"("generator": {"n_latent": 0})")), Catch::Contains("n_latent"));
  CHECK_THAT(message(with(R"("reference": "yes")")), Catch::Contains("'reference'"));
}
