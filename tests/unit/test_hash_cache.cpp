#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "src/style/hash_cache.h"
#include "stylize/style/file_hash.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::nanoseconds kAtOnce{0};

std::string large_file(const TempDir& dir) {
  const std::string path = dir / "large.pt";
  write_file(path, "weights");
  fs::resize_file(path, 33'000'000);  // takes no disk
  return path;
}

std::vector<fs::path> records(const fs::path& folder) {
  std::vector<fs::path> found;
  if (fs::exists(folder)) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) {
        found.push_back(entry.path());
      }
    }
  }
  return found;
}

}  // namespace

TEST_CASE("the hash of a large file is remembered until the file changes", "[style]") {
  const TempDir dir;
  const std::string file = large_file(dir);
  const HashCache cache(dir / "cache", kAtOnce);
  const std::string hash = sha256_of_file(file);
  CHECK(cache.sha256(file) == hash);
  REQUIRE(records(dir / "cache").size() == 1);
  // That it is the record which is believed shows where it is wrong.
  const fs::path record = records(dir / "cache").front();
  std::string text = read_file(record);
  const std::string other(64, 'a');
  write_file(record, text.replace(text.size() - 64, 64, other));
  CHECK(cache.sha256(file) == other);

  // Another byte, the same size and time of writing.
  const fs::file_time_type written = fs::last_write_time(file);
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).put('W');
  fs::last_write_time(file, written);
  REQUIRE(fs::file_size(file) == 33'000'000);
  const std::string changed = cache.sha256(file);
  CHECK(changed == sha256_of_file(file));
  CHECK(changed != hash);

  write_file(record, "nonsense");
  CHECK(cache.sha256(file) == changed);
}

TEST_CASE("another file in the place of one is hashed itself", "[style]") {
  const TempDir dir;
  const std::string file = large_file(dir);
  const HashCache cache(dir / "cache", kAtOnce);
  const std::string hash = cache.sha256(file);
  write_file(dir / "new.pt", "others");
  fs::resize_file(dir / "new.pt", 33'000'000);
  fs::last_write_time(dir / "new.pt", fs::last_write_time(file));
  fs::rename(dir / "new.pt", file);
  CHECK(cache.sha256(file) != hash);
  CHECK(cache.sha256(file) == sha256_of_file(file));
}

TEST_CASE("what could mislead or gain nothing is not remembered", "[style]") {
  const TempDir dir;
  const std::string file = large_file(dir);
  // Changed a moment ago: the next change may come within the same tick of the clock.
  CHECK(HashCache(dir / "cache", std::chrono::hours(1)).sha256(file) == sha256_of_file(file));
  CHECK(records(dir / "cache").empty());
  write_file(dir / "small.pt", "abc");
  CHECK(HashCache(dir / "cache", kAtOnce).sha256(dir / "small.pt") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(records(dir / "cache").empty());
  // A cache that cannot be is none.
  for (const fs::path& folder : {fs::path(), fs::path(dir / "small.pt")}) {
    CHECK(HashCache(folder, kAtOnce).sha256(file) == sha256_of_file(file));
  }
}
