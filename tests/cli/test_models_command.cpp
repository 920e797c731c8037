#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"
#include "stylize/style/file_hash.h"

using namespace stylize::test;
using Catch::Contains;
using nlohmann::json;

namespace {

// A models folder with a style that may not be used commercially.
void install(const CliFixture& fixture, const std::string& sha256) {
  std::filesystem::create_directories(fixture.dir / "models");
  std::filesystem::copy_file(fixture.style, fixture.dir / "models/neg.pt",
                             std::filesystem::copy_options::overwrite_existing);
  json manifest = json::parse(frame_manifest("neg"));
  manifest["aliases"] = {"turned"};
  manifest["file"] = "neg.pt";
  manifest["sha256"] = sha256;
  manifest["licence"] = {{"text", "CC BY-NC 4.0"}, {"commercial", false}, {"origin", "a test"}};
  write_file(fixture.dir / "models/neg.json", manifest.dump());
}

}  // namespace

TEST_CASE("styles are listed, described and located", "[models]") {
  const CliFixture fixture;
  install(fixture, stylize::sha256_of_file(fixture.style));
  const Finished list = fixture.run_plain({"models", "list", "--models-dir", "models"});
  CHECK(list.code == 0);
  CHECK_THAT(list.out,
             Contains("NAME") && Contains("cel") && Contains("neg") && Contains("CC BY-NC 4.0"));
  const json styles =
      json::parse(fixture.run_plain({"models", "list", "--json", "--models-dir", "models"}).out);
  bool found = false;
  for (const json& style : styles) {
    if (style.at("name") == "neg") {
      found = true;
      CHECK(style.at("present") == true);
      CHECK(style.at("licence").at("commercial") == false);
    }
  }
  CHECK(found);
  const Finished info = fixture.run_plain({"models", "info", "turned", "--models-dir", "models"});
  CHECK_THAT(info.out, Contains("neg.pt") && Contains("commercial use") && Contains("a test"));
  const Finished path = fixture.run_plain({"models", "path", "neg"},
                                          {.environment = {{"STYLIZE_MODELS_DIR", "models"}}});
  CHECK(path.out == "models/neg.pt\n");
  CHECK(fixture.run_plain({"models", "info", "nothing"}).code == 2);
}

TEST_CASE("a style runs by name and alias; the wrong file is refused", "[models]") {
  const CliFixture fixture;
  install(fixture, stylize::sha256_of_file(fixture.style));
  const Finished run =
      fixture.run_plain({"photo.png", "--style", "turned", "--models-dir", "models"});
  CHECK(run.code == 0);
  CHECK(max_difference(load_pixels(fixture.dir / "photo.neg.png"), fixture.negative) == 0.0);

  install(fixture, std::string(64, 'a'));
  const Finished wrong =
      fixture.run_plain({"photo.png", "-y", "--style", "neg", "--models-dir", "models"});
  CHECK(wrong.code == 1);
  CHECK_THAT(wrong.err, Contains("neg.pt") && Contains("sha256") && Contains("install it again"));
  std::filesystem::remove(fixture.dir / "models/neg.pt");
  const Finished missing =
      fixture.run_plain({"photo.png", "-y", "--style", "neg", "--models-dir", "models"});
  CHECK(missing.code == 1);
  CHECK_THAT(missing.err, Contains("model file of style 'neg' is missing"));
}

TEST_CASE("styles from the user's data folder are found", "[models]") {
  const CliFixture fixture;
  install(fixture, stylize::sha256_of_file(fixture.style));
  std::filesystem::create_directories(fixture.dir / "data/stylize");
  std::filesystem::rename(fixture.dir / "models", fixture.dir / "data/stylize/models");
  CHECK(fixture.run_plain({"photo.png", "--style", "neg"}).code == 0);
}

TEST_CASE("only commercially usable styles run with --commercial-only", "[models]") {
  const CliFixture fixture;
  install(fixture, stylize::sha256_of_file(fixture.style));
  const Finished refused = fixture.run_plain(
      {"photo.png", "--style", "neg", "--models-dir", "models", "--commercial-only"});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("CC BY-NC 4.0"));
  CHECK(fixture.run_plain({"photo.png", "--commercial-only"}).code == 0);  // the bundled one
}

TEST_CASE("a style that is known but not here is an error with the command that gets it",
          "[models]") {
  const CliFixture fixture;
  const Finished run = fixture.run_plain({"photo.png", "--style", "animegan2"});
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Contains("stylize models pull face_paint_512_v2") && Contains("8.6 MB") &&
                          Contains("licence: ") && Contains("commercial use: no"));
  CHECK_FALSE(std::filesystem::exists(fixture.dir / "photo.face_paint_512_v2.png"));
}

TEST_CASE("verify runs what is here and finds what is damaged", "[models]") {
  const CliFixture fixture;
  install(fixture, stylize::sha256_of_file(fixture.style));
  const Finished good = fixture.run_plain({"models", "verify", "--models-dir", "models"});
  CHECK(good.code == 0);
  CHECK_THAT(good.out, Contains("cel: ok") && Contains("neg: ok") && !Contains("paprika"));

  install(fixture, std::string(64, 'b'));
  const Finished some = fixture.run_plain({"models", "verify", "--models-dir", "models"});
  CHECK(some.code == 3);
  CHECK_THAT(some.out, Contains("cel: ok") && Contains("neg: FAILED") && Contains("sha256"));
  const Finished one =
      fixture.run_plain({"models", "verify", "turned", "--json", "--models-dir", "models"});
  CHECK(one.code == 1);
  CHECK(json::parse(one.out).at("ok") == false);
  CHECK(fixture.run_plain({"models", "verify", "paprika"}).code == 1);
}

TEST_CASE("styles of one's own are removed, others stay", "[models]") {
  const CliFixture fixture;
  install(fixture, stylize::sha256_of_file(fixture.style));
  json needy = json::parse(frame_manifest("needy"));
  needy["file"] = "neg.pt";
  needy["requires"] = {"neg"};
  write_file(fixture.dir / "models/needy.json", needy.dump());
  const Finished needed = fixture.run_plain({"models", "remove", "neg", "--models-dir", "models"});
  CHECK(needed.code == 2);
  CHECK_THAT(needed.err, Contains("needed by 'needy'"));
  std::filesystem::remove(fixture.dir / "models/needy.json");

  CHECK(fixture.run_plain({"models", "remove", "neg", "--models-dir", "models"}).code == 0);
  CHECK_FALSE(std::filesystem::exists(fixture.dir / "models/neg.pt"));
  CHECK_FALSE(std::filesystem::exists(fixture.dir / "models/neg.json"));
  const Finished bundled = fixture.run_plain({"models", "remove", "cel"});
  CHECK(bundled.code == 2);
  CHECK_THAT(bundled.err, Contains("stays"));
  CHECK(fixture.run_plain({"photo.png"}).code == 0);
}
