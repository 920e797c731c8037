#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli_fixture.h"
#include "stylize/style/file_hash.h"

using namespace stylize::test;
using Catch::Contains;
using nlohmann::json;

namespace {

// A models folder with a second, whole style.
void install(const CliFixture& fixture) {
  std::filesystem::create_directories(fixture.dir / "models");
  std::filesystem::copy_file(fixture.style, fixture.dir / "models/neg.pt");
  json manifest = json::parse(frame_manifest("neg"));
  manifest["file"] = "neg.pt";
  manifest["sha256"] = stylize::sha256_of_file(fixture.style);
  write_file(fixture.dir / "models/neg.json", manifest.dump());
}

// The findings of a section by the name of one; fails the test when there is none.
json finding(const json& report, const std::string& section, const std::string& name) {
  for (const json& one : report.at("findings")) {
    if (one.at("section") == section && one.at("name") == name) {
      return one;
    }
  }
  FAIL("no finding " << section << " / " << name);
  return {};
}

bool has_nvidia_driver() { return std::filesystem::exists("/proc/driver/nvidia/version"); }

// What a broken thing must lead to: code 1, its own finding, something to do.
json broken(const Finished& run, const std::string& section, const std::string& name) {
  CHECK(run.code == 1);
  CHECK(run.err.empty());
  const json report = json::parse(run.out);
  CHECK(report.at("ok") == false);
  CHECK(report.at("problems") == 1);
  json found = finding(report, section, name);
  CHECK(found.at("status") == "problem");
  CHECK(found.at("remedy").is_string());
  return found;
}

}  // namespace

TEST_CASE("doctor finds nothing wrong with a whole installation", "[doctor]") {
  const CliFixture fixture;
  install(fixture);
  const Finished text = fixture.run_plain({"doctor", "--models-dir", "models"});
  CHECK(text.code == 0);
  CHECK(text.err.empty());
  CHECK_THAT(text.out, Contains("\nLibraries\n") && Contains("LibTorch") && Contains("2.11.0") &&
                           Contains("libtorch_cpu") && Contains("\nGPU\n") &&
                           Contains("\nStyles\n") && Contains("here and whole") &&
                           Contains("heic, avif") && Contains(" free of "));
  CHECK_THAT(text.out, Contains("All w"));  // well, or works with warnings (of a full disk, say)

  const Finished run = fixture.run_plain({"doctor", "--json", "--models-dir", "models"});
  CHECK(run.code == 0);
  CHECK(run.err.empty());
  const json report = json::parse(run.out);
  CHECK(report.at("version").get<std::string>().starts_with("0."));
  CHECK(report.at("ok") == true);
  CHECK(report.at("problems") == 0);
  CHECK(report.at("device") == "cpu");
  CHECK(report.at("precision") == "fp32");
  CHECK(finding(report, "Styles", "cel").at("status") == "ok");
  CHECK(finding(report, "Styles", "neg").at("status") == "ok");
  CHECK(finding(report, "Libraries", "BLAS").at("status") == "ok");
  const json drawn = finding(report, "Self-test", "animegan");
  CHECK(drawn.at("status") == "ok");
  CHECK_THAT(drawn.at("value").get<std::string>(), Contains("cel"));
}

TEST_CASE("doctor names the device that auto takes, and why", "[doctor]") {
  if (has_nvidia_driver()) {
    return;  // tests/gpu
  }
  const CliFixture fixture;
  const Finished run = fixture.run_plain(
      {"doctor", "--json"},
      {.environment = {{"STYLIZE_DEVICE", "auto"}, {"STYLIZE_PRECISION", "auto"}}});
  CHECK(run.code == 0);
  const json report = json::parse(run.out);
  CHECK(report.at("device") == "cpu");
  CHECK(finding(report, "Networks run on", "device").at("value") ==
        "cpu: no NVIDIA driver is loaded");
  CHECK_THAT(finding(report, "Networks run on", "precision").at("value").get<std::string>(),
             Contains("AMX"));
  CHECK(finding(report, "GPU", "NVIDIA").at("status") == "note");
}

TEST_CASE("doctor refuses wrong usage and takes the shared options", "[doctor]") {
  const CliFixture fixture;
  CHECK(fixture.run_plain({"doctor", "--device", "tpu"}).code == 2);
  CHECK(fixture.run_plain({"doctor", "photo.png"}).code == 2);
  CHECK_THAT(fixture.run_plain({"doctor", "--help"}).out, Contains("--json"));
  write_file(fixture.dir / "my.toml", "style = \"cel\"\nthreads = 1\n");
  const Finished run = fixture.run_plain({"doctor", "--json", "--config", "my.toml"});
  CHECK(run.code == 0);
  CHECK_THAT(finding(json::parse(run.out), "Processor and memory", "threads")
                 .at("value")
                 .get<std::string>(),
             Catch::StartsWith("1,"));
}

TEST_CASE("doctor reports damaged models and manifests, and goes on", "[doctor]") {
  const CliFixture fixture;
  install(fixture);
  const Arguments doctor{"doctor", "--json", "--models-dir", "models"};

  SECTION("a damaged model") {
    write_file(fixture.dir / "models/neg.pt", read_file(fixture.dir / "models/neg.pt") + "!");
    const Finished run = fixture.run_plain(doctor);
    const json found = broken(run, "Styles", "neg");
    CHECK_THAT(found.at("value").get<std::string>(), Contains("models/neg.pt"));
    CHECK(finding(json::parse(run.out), "Self-test", "animegan").at("status") == "ok");
    const Finished text = fixture.run_plain({"doctor", "--models-dir", "models"});
    CHECK(text.code == 1);
    CHECK_THAT(text.out, Contains("✗ neg") && Contains("→ ") && Contains("1 problem"));
  }
  SECTION("a broken manifest") {
    write_file(fixture.dir / "models/bad.json", "{");
    const json found = broken(fixture.run_plain(doctor), "Styles", "manifest");
    CHECK_THAT(found.at("value").get<std::string>(), Contains("models/bad.json"));
  }
  SECTION("a style that cannot be run") {
    json manifest = json::parse(read_file(fixture.dir / "models/neg.json"));
    manifest["family"] = "unheard-of";
    write_file(fixture.dir / "models/neg.json", manifest.dump());
    const json found = broken(fixture.run_plain(doctor), "Self-test", "unheard-of");
    CHECK_THAT(found.at("value").get<std::string>(), Contains("family"));
  }
}

TEST_CASE("doctor reports a models folder that cannot be made", "[doctor]") {
  const CliFixture fixture;
  const Finished run = fixture.run_plain({"doctor", "--json", "--models-dir", "photo.png/models"});
  const json found = broken(run, "Model folders", "new models");
  CHECK_THAT(found.at("value").get<std::string>(), Contains("photo.png is not a folder"));
}

TEST_CASE("doctor reports a device or precision that cannot be had", "[doctor]") {
  const CliFixture fixture;
  broken(fixture.run_plain({"doctor", "--json", "--precision", "fp16"}), "Networks run on",
         "precision");
  if (has_nvidia_driver()) {
    return;
  }
  const Finished run = fixture.run_plain({"doctor", "--json", "--device", "cuda"});
  const json found = broken(run, "Networks run on", "device");
  CHECK_THAT(found.at("remedy").get<std::string>(), Contains("--device cpu"));
  const json report = json::parse(run.out);
  CHECK(report.at("device").is_null());
  CHECK(report.at("precision").is_null());
  CHECK(finding(report, "Self-test", "drawing").at("status") == "note");
}

TEST_CASE("doctor says why a GPU that is there is not used", "[doctor]") {
  if (has_nvidia_driver()) {
    return;
  }
  const CliFixture fixture;
  const Finished run = fixture.run_plain(
      {"doctor", "--json"},
      {.environment = {{"STYLIZE_DEVICE", "auto"}, {"LD_LIBRARY_PATH", STYLIZE_FAKE_NVML_DIR}}});
  const json found = broken(run, "Networks run on", "device");
  CHECK_THAT(found.at("remedy").get<std::string>(), Contains("470.82.01 runs CUDA up to 11.4"));
  const json report = json::parse(run.out);
  CHECK(finding(report, "GPU", "GPU 0").at("value") ==
        "Test GPU 9000, 6.0 GB free of 8.0 GB, compute capability 7.5");
}

TEST_CASE("doctor notices another BLAS before LibTorch's own", "[doctor]") {
  // OpenCV needs it, so it is on every machine that has built this.
  const std::string other = "/usr/lib/x86_64-linux-gnu/libblas.so.3";
  if (!std::filesystem::exists(other)) {
    return;
  }
  const CliFixture fixture;
  // AddressSanitizer would insist on standing first.
  const Finished run = fixture.run_plain(
      {"doctor", "--json"},
      {.environment = {{"LD_PRELOAD", other},
                       {"ASAN_OPTIONS", "detect_leaks=0:verify_asan_link_order=0"}}});
  const json found = broken(run, "Libraries", "BLAS");
  CHECK_THAT(found.at("value").get<std::string>(), Contains("blas"));
  CHECK_THAT(found.at("remedy").get<std::string>(), Contains("LD_PRELOAD"));
}

TEST_CASE("doctor takes a Python that does not work for a warning", "[doctor]") {
  const CliFixture fixture;
  const Finished run =
      fixture.run_plain({"doctor", "--json"}, {.environment = {{"STYLIZE_PYTHON", "/no/python"}}});
  CHECK(run.code == 0);
  CHECK(finding(json::parse(run.out), "Extras", "Python").at("status") == "warning");
}

TEST_CASE("Python runs nothing from the current folder", "[doctor]") {
  const CliFixture fixture;
  const std::string bait = "open('ran', 'w')\n";
  for (const char* module : {"warnings.py", "importlib.py", "sys.py", "os.py"}) {
    write_file(fixture.dir / module, bait);
  }
  CHECK(fixture.run_plain({"doctor"}).code == 0);
  CHECK(fixture.run_plain({"models", "pull", "paprika", "--offline"}).code == 1);
  CHECK_FALSE(std::filesystem::exists(fixture.dir / "ran"));
}
