#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

struct BadModel {
  std::string name;
  std::function<void(const std::string&)> make;  // writes the file
  std::string message;
};

BadModel from_bytes(const std::string& name, const std::string& bytes, const std::string& message) {
  return {name, [bytes](const std::string& path) { write_file(path, bytes); }, message};
}

BadModel from_code(const std::string& name, const std::string& body, const std::string& message) {
  return {name,
          [body](const std::string& path) {
            save_model(path, "def forward(self, x):\n  return " + body + "\n", frame_manifest("m"));
          },
          message};
}

BadModel from_metadata(const std::string& name, const std::string& metadata,
                       const std::string& message) {
  return {name,
          [metadata](const std::string& path) {
            save_model(path, "def forward(self, x):\n  return x\n", metadata);
          },
          message};
}

std::vector<BadModel> bad_models() {
  const std::string not_a_model = "not a TorchScript model";
  return {
      from_bytes("empty.pt", "", not_a_model),
      from_bytes("text.pt", "I am no model", not_a_model),
      from_bytes("page.pt", "<html>Google Drive - Quota exceeded</html>", not_a_model),
      from_bytes("zip.pt", std::string("PK\x05\x06") + std::string(18, '\0'), not_a_model),
      {"cut.pt",
       [](const std::string& path) {
         save_negative_model(path);
         const std::string whole = read_file(path);
         write_file(path, whole.substr(0, whole.size() * 3 / 4));
       },
       not_a_model},
      from_code("shape.pt", "x[:, 0:1]", "does not return a picture of its input's size"),
      from_code("smaller.pt", "torch.avg_pool2d(x, 2)", "does not return a picture"),
      from_code("type.pt", "[x]", "does not return a picture"),
      from_code("throws.pt", "x.view([7, 11, 13])", "shape '[7, 11, 13]' is invalid"),
      from_code("nan.pt", "x / (x - x)", "no numbers"),
      from_code("memory.pt", "x + torch.zeros([1 << 42])[0]", "ran out of memory"),
      from_metadata("name.pt", R"({"name": "../evil", "family": "animegan"})", "'name'"),
      from_metadata("json.pt", "{oops", "not valid JSON"),
      from_metadata("family.pt", R"({"name": "m", "family": "cubism"})", "cubism"),
      from_metadata("range.pt",
                    R"({"name": "m", "family": "animegan", "input": {"range": [5, 5]}})",
                    "input.range"),
  };
}

}  // namespace

TEST_CASE("each bad model file is an error that names it, and nothing is written", "[models]") {
  const CliFixture fixture;
  for (const BadModel& bad : bad_models()) {
    CAPTURE(bad.name);
    bad.make(fixture.dir / bad.name);
    const std::vector<std::string> before = fixture.dir.names();
    const Finished run = fixture.run_plain({"photo.png", "--style", "./" + bad.name});
    CHECK(run.code == 1);
    CHECK_THAT(run.err, Contains("error: ") && Contains(bad.message));
    CHECK(fixture.dir.names() == before);
  }
}

TEST_CASE("a checkpoint that was not exported says how to export it", "[models]") {
  const std::string checkpoint = STYLIZE_SHARED_DIR "/weights/animegan2_hayao_int8_dequantized.pt";
  if (!std::filesystem::exists(checkpoint)) {
    WARN("skipped: ../shared is not there");
    return;
  }
  const CliFixture fixture;
  const Finished run = fixture.run_plain({"photo.png", "--style", checkpoint});
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Contains("not a TorchScript model") && Contains("export_animegan2.py"));
}

TEST_CASE("a style that is not there is wrong usage, with what there is", "[models]") {
  const CliFixture fixture;
  const Finished run = fixture.run_plain({"photo.png", "--style", "animegan9"});
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("animegan9") && Contains("cel") && Contains("--style FILE.pt"));
  const Finished file = fixture.run_plain({"photo.png", "--style", "./nothing.pt"});
  CHECK(file.code == 1);
  CHECK_THAT(file.err, Contains("nothing.pt: no such model file"));
}

TEST_CASE("a model without a description runs by AnimeGANv2's conventions", "[models]") {
  const CliFixture fixture;
  save_model(fixture.dir / "bare.pt", "def forward(self, x):\n  return -x\n", "");
  const Finished run =
      fixture.run_plain({"photo.png", "--style", "bare.pt", "--work-size", "native"});
  CHECK(run.code == 0);
  CHECK_THAT(run.err, Contains("carries no description"));
  CHECK(max_difference(load_pixels(fixture.dir / "photo.bare.png"), fixture.negative) <= 1.0);
}
