#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;

TEST_CASE("help and version go to standard output", "[arguments]") {
  const CliFixture fixture;
  for (const Arguments& arguments :
       {Arguments{}, Arguments{"--help"}, Arguments{"image", "--help"}}) {
    const Finished run = fixture.run_plain(arguments);
    CHECK(run.code == 0);
    CHECK(run.err.empty());
    CHECK_THAT(run.out, Contains("--style") && Contains("Examples:") && Contains("--strength") &&
                            Contains("photo.cel.jpg\n"));
  }
  CHECK_THAT(fixture.run_plain({"--help"}).out,
             Contains("stylize models") && Contains("Exit codes"));
  CHECK_THAT(fixture.run_plain({"--version"}).out, Contains("stylize 0."));
  CHECK_THAT(fixture.run_plain({"models", "--help"}).out, Contains("list") && Contains("info"));
}

TEST_CASE("wrong usage is refused before anything starts", "[arguments]") {
  const CliFixture fixture;
  save_picture(fixture.dir / "other.png", fixture.pixels);
  const std::vector<std::string> before = fixture.dir.names();
  struct Case {
    Arguments arguments;
    std::string message;
  };
  const std::vector<Case> cases{
      {{"photo.png", "--nonsense"}, "--nonsense"},
      {{"image"}, "INPUT"},
      {{"models", "list", "--nonsense"}, "--nonsense"},
      {{"bench", "--nonsense"}, "--nonsense"},
      {{"models", "pull"}, "--all-missing"},
      {{"models", "import", "Not/a name", "--from", "photo.png"}, "Not/a name"},
      {{"models", "import", "fine", "--from", "nothing.pt"}, "nothing.pt"},
      {{"models", "pull", "no_such_style"}, "no_such_style"},
      {{"models", "pull", "paprika", "--commercial-only"}, "non-commercial"},
      {{"photo.png", "--strength", "2"}, "--strength"},
      {{"photo.png", "--strength", "strong"}, "--strength"},
      {{"photo.png", "--strength", "nan"}, "--strength"},
      {{"photo.png", "-o", ""}, "--output"},
      {{"photo.png", "--report", "photo.png"}, "never modified"},
      {{"photo.png", "-o", "x.png", "--report", "x.png"}, "is an output"},
      {{"photo.png", "--dry-run", "--json"}, "--dry-run"},
      {{"photo.png", "-q", "0"}, "--quality"},
      {{"photo.png", "-q", "101"}, "--quality"},
      {{"photo.png", "--on-exists", "maybe"}, "--on-exists"},
      {{"photo.png", "-y", "--on-exists", "skip"}, "contradicts"},
      {{"photo.png", "--max-size", "0"}, "--max-size"},
      {{"photo.png", "--work-size", "huge"}, "'native'"},
      {{"photo.png", "--work-size", "-5"}, "--work-size"},
      {{"photo.png", "--device", "tpu"}, "auto, cpu, cuda"},
      {{"photo.png", "--precision", "int4"}, "fp32"},
      {{"photo.png", "--precision", "fp16", "--device", "cpu"}, "GPUs only"},
      {{"photo.png", "--threads", "-1"}, "--threads"},
      {{"photo.png", "-f", "bmp"}, "jpg, png"},
      {{"photo.png", "-o", "out.bmp"}, "jpg, png"},
      {{"photo.png", "-o", "out.jpg", "-f", "png"}, "contradicts"},
      {{"photo.png", "-o", "photo.png"}, "never modified"},
      {{"photo.png", "-o", "photo.png", "-y"}, "never modified"},
      {{"photo.png", "photo.png"}, "both photo.png and photo.png"},
      {{"photo.png", "other.png", "-o", "-"}, "one picture"},
      {{"photo.png", "-o", "-", "--json"}, "--report"},
      {{"-", "-"}, "only once"},
      {{"photo.png", "--quiet", "-v"}, "contradicts"},
      {{"photo.png", "--config", "missing.toml"}, "missing.toml"},
      {{".", "photo.png"}, "is a folder"},
      {{"photo.png", "--shard", "1/2"}, "is for folders"},
      {{"clip.mp4", "photo.png"}, "pictures and videos together"},
      {{"folder", "photo.png"}, "photo.png: is a file, not a folder (stylize image"},
      {{"folder", ".", "--merge-reports", "run.jsonl"}, "DIR excludes --merge-reports"},
      {{"models"}, "subcommand"},
  };
  for (const Case& wrong : cases) {
    std::string line;
    for (const std::string& argument : wrong.arguments) {
      line += argument + " ";
    }
    CAPTURE(line);
    const bool models = wrong.arguments.front() == "models";
    const Finished run = models ? fixture.run_plain(wrong.arguments) : fixture.run(wrong.arguments);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK_THAT(run.err, Catch::StartsWith("error: ") && Contains(wrong.message));
    CHECK(fixture.dir.names() == before);
  }
}

TEST_CASE("a GPU that is not there is said, not replaced", "[arguments]") {
  const CliFixture fixture;
  if (std::filesystem::exists("/proc/driver/nvidia/version")) {
    WARN("skipped: this machine has an NVIDIA driver");
    return;
  }
  const Finished run = fixture.run({"photo.png", "--device", "cuda"});
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Contains("--device cuda: no NVIDIA driver") && Contains("--device cpu"));
  CHECK_THAT(fixture.run({"photo.png", "--device", "auto"}).err,
             Contains("running on cpu (no NVIDIA driver"));
}

TEST_CASE("flag, environment, file, default: in this order", "[arguments]") {
  const CliFixture fixture;
  write_file(fixture.dir / "c.toml", "threads = 3\nprecision = \"fp32\"\nmax-size = 20\n");
  const auto threads = [&fixture](Arguments arguments, const RunSettings& settings) {
    arguments.insert(arguments.begin(), {"photo.png", "-y"});
    const std::string text = fixture.run(std::move(arguments), settings).err;
    return text.substr(text.find(" threads") - 1, 1);
  };
  const RunSettings environment{.environment = {{"STYLIZE_THREADS", "2"}}};
  CHECK(threads({"--config", "c.toml"}, {}) == "3");
  CHECK(load_pixels(fixture.dir / "photo.negative.png").size() == cv::Size(20, 15));
  CHECK(threads({"--config", "c.toml"}, environment) == "2");
  CHECK(threads({"--config", "c.toml", "-t", "1"}, environment) == "1");
  CHECK(threads({}, environment) == "2");
}

TEST_CASE("unknown keys in the configuration file are refused by name", "[arguments]") {
  const CliFixture fixture;
  write_file(fixture.dir / "c.toml", "stile = \"cel\"\n");
  const Finished run = fixture.run({"photo.png", "--config", "c.toml"});
  CHECK(run.code == 2);
  CHECK_THAT(run.err, Contains("stile"));
}

TEST_CASE("environment variables set the models folder and the log level", "[arguments]") {
  const CliFixture fixture;
  CHECK(fixture.run({"photo.png"}, {.environment = {{"STYLIZE_LOG_LEVEL", "error"}}}).err.empty());
  CHECK(fixture.run({"photo.png", "-y"}, {.environment = {{"STYLIZE_DEVICE", "nonsense"}}}).code ==
        2);
}
