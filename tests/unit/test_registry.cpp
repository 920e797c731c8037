#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "stylize/core/error.h"
#include "stylize/style/file_hash.h"
#include "stylize/style/registry.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;

namespace {

void add_style(const TempDir& dir, const std::string& name, const std::string& sha256 = {}) {
  write_file(dir / (name + ".json"), R"({"name": ")" + name + R"(", "aliases": ["also-)" + name +
                                         R"("], "family": "animegan", "file": ")" + name +
                                         R"(.pt", "sha256": ")" + sha256 + "\"}");
}

}  // namespace

TEST_CASE("SHA-256 is the known one", "[style]") {
  const TempDir dir;
  write_file(dir / "abc", "abc");
  CHECK(sha256_of_file(dir / "abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("styles are found by name and alias, the first folder first", "[style]") {
  const TempDir first;
  const TempDir second;
  add_style(first, "ink");
  add_style(second, "ink");
  add_style(second, "wash");
  const Registry registry({first.path(), "/no/such/folder", second.path()});
  REQUIRE(registry.styles().size() == 2);
  CHECK(registry.find("ink").manifest_path.parent_path() == first.path());
  CHECK(registry.find("also-wash").manifest.name == "wash");
  CHECK_FALSE(registry.find("ink").is_present());
  CHECK_THROWS_WITH(registry.find("oil"), Catch::Contains("oil") && Catch::Contains("ink, wash"));
}

TEST_CASE("broken manifests and ones that point elsewhere are left out", "[style]") {
  const TempDir dir;
  add_style(dir, "good");
  write_file(dir / "broken.json", "{");
  write_file(dir / "escape.json",
             R"({"name": "escape", "family": "animegan", "file": "../secret.pt"})");
  write_file(dir / "nofile.json", R"({"name": "nofile", "family": "animegan"})");
  const Registry registry({dir.path()});
  REQUIRE(registry.styles().size() == 1);
  CHECK(registry.styles().front().manifest.name == "good");
}

TEST_CASE("a model file must be the one its manifest names", "[style]") {
  const TempDir dir;
  add_style(dir, "ink", std::string(64, '0'));
  CHECK_THROWS_WITH(verify_model_file(Registry({dir.path()}).find("ink")),
                    Catch::Contains("missing"));
  write_file(dir / "ink.pt", "abc");
  CHECK_THROWS_WITH(verify_model_file(Registry({dir.path()}).find("ink")),
                    Catch::Contains("sha256"));
  add_style(dir, "ink", sha256_of_file(dir / "ink.pt"));
  CHECK_NOTHROW(verify_model_file(Registry({dir.path()}).find("ink")));
}

TEST_CASE("a missing style says how to get it, how large it is and its licence", "[style]") {
  const TempDir dir;
  write_file(dir / "ink.json",
             R"({"name": "ink", "family": "animegan", "file": "ink.pt",
                 "licence": {"text": "CC BY-NC 4.0", "commercial": false},
                 "source": {"urls": ["https://example.org/ink.pth"], "size": 8600000}})");
  const Registry registry({dir.path()});
  CHECK(registry.find("ink").is_downloadable());
  CHECK_THROWS_WITH(verify_model_file(registry.find("ink")),
                    Catch::Contains("stylize models pull ink") && Catch::Contains("8.6 MB") &&
                        Catch::Contains("CC BY-NC 4.0") && Catch::Contains("commercial use: no"));
}

TEST_CASE("requirements come before what needs them, each once", "[style]") {
  const TempDir dir;
  const auto add = [&dir](const std::string& name, const std::string& required) {
    write_file(dir / (name + ".json"), R"({"name": ")" + name + R"(", "family": "x", "file": ")" +
                                           name + R"(.pt", "requires": [)" + required + "]}");
  };
  add("landmarks", "");
  add("encoder", R"("landmarks")");
  add("face", R"("landmarks", "encoder")");
  add("hen", R"("egg")");
  add("egg", R"("hen")");
  add("lonely", R"("nobody")");
  const Registry registry({dir.path()});
  std::string order;
  for (const RegisteredStyle& style : with_requirements(registry, registry.find("face"))) {
    order += style.manifest.name + " ";
  }
  CHECK(order == "landmarks encoder face ");
  CHECK_THROWS_WITH(with_requirements(registry, registry.find("hen")),
                    Catch::Contains("requires") && Catch::Contains("hen"));
  CHECK_THROWS_WITH(with_requirements(registry, registry.find("lonely")),
                    Catch::Contains("nobody"));
}

TEST_CASE("a style is a file when it looks like one", "[style]") {
  CHECK(names_model_file("./ink"));
  CHECK(names_model_file("models/ink"));
  CHECK(names_model_file("ink.pt"));
  CHECK_FALSE(names_model_file("ink"));
  CHECK_FALSE(names_model_file("ink.v2"));
}
