// Large pictures stay within --max-memory, and come out as they do in plenty.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

// AddressSanitizer keeps memory of its own, so that only results count there, of smaller pictures.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kCountsMemory = false;
constexpr int kSide = 500;
constexpr const char* kLittle = "20M";
#else
constexpr bool kCountsMemory = true;
constexpr int kSide = 2200;
constexpr const char* kLittle = "650M";
#endif
constexpr std::size_t kBound = 750'000'000;  // with what the C library keeps

// Forty feature maps of the picture's size: 770 MB of 4.8 megapixels, twice.
void save_wide_model(const std::string& path, const std::string& norm) {
  save_model(
      path,
      "def forward(self, x):\n"
      "  w = torch.full([40, 3, 3, 3], 0.03)\n"
      "  y = torch.conv2d(x, w, None, [1, 1], [1, 1])\n" +
          norm +
          "  y = torch.relu(torch.conv2d(y, torch.full([40, 40, 3, 3], 0.003), None, [1, 1],\n"
          "                              [1, 1]))\n"
          "  y = torch.conv2d(y, torch.full([3, 40, 3, 3], 0.002), None, [1, 1], [1, 1])\n"
          "  return torch.sigmoid(y)\n",
      frame_manifest("wide"));
}

constexpr const char* kGroupNorm = "  y = torch.group_norm(y, 1, None, None, 1e-5)\n";

struct LargePicture : CliFixture {
  explicit LargePicture(const std::string& norm) {
    save_picture(photo, colorful(kSide, kSide));
    save_wide_model(dir / "wide.pt", norm);
    fs::create_directory(dir / "temporary");
  }

  [[nodiscard]] Finished draw(Arguments more) const {
    Arguments arguments{"photo.png", "--style", "wide.pt", "-v", "-o"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_plain(arguments, {.environment = {{"TMPDIR", dir / "temporary"}}});
  }
};

void check_bounded(const Finished& run) {
  INFO(run.err);
  CHECK(run.code == 0);
  if (kCountsMemory) {
    CHECK(run.peak_bytes < kBound);
  }
}

}  // namespace

TEST_CASE("large pictures pass through a network row by row", "[picture_memory]") {
  const LargePicture test("");
  const Finished little = test.draw({"little.png", "--max-memory", kLittle});
  check_bounded(little);
  CHECK_THAT(little.err, Contains("row by row"));
  const Finished much = test.draw({"much.png", "--tile", "off"});
  CHECK(much.code == 0);
  CHECK_THAT(much.err, Contains("in memory"));
  if (kCountsMemory) {
    CHECK(much.peak_bytes > kBound);
  }
  CHECK(max_difference(load_pixels(test.dir / "little.png"), load_pixels(test.dir / "much.png")) <=
        1.0);
}

TEST_CASE("large pictures that are normalized take a file", "[picture_memory]") {
  const LargePicture test(kGroupNorm);
  const Finished little = test.draw({"little.png", "--max-memory", kLittle});
  check_bounded(little);
  CHECK_THAT(little.err, Contains("of it in temporary files"));
  CHECK(fs::is_empty(test.dir.path() / "temporary"));
  const Finished much = test.draw({"much.png", "--tile", "off"});
  CHECK(much.code == 0);
  CHECK(max_difference(load_pixels(test.dir / "little.png"), load_pixels(test.dir / "much.png")) ==
        0.0);
}

TEST_CASE("the fast way takes no file and draws nearly the same", "[picture_memory]") {
  const LargePicture test(kGroupNorm);
  const Finished fast = test.draw({"fast.png", "--max-memory", kLittle, "--tile", "fast"});
  check_bounded(fast);
  const Finished exact = test.draw({"exact.png"});
  CHECK(exact.code == 0);
  CHECK(mean_difference(load_pixels(test.dir / "fast.png"), load_pixels(test.dir / "exact.png")) <
        1.0);
  if (kSide > 2000) {
    CHECK_THAT(fast.err, Contains("by a sample"));
  }
}

TEST_CASE("a disk without room for temporary files is named", "[picture_memory]") {
  const LargePicture test(kGroupNorm);
  const std::string command = "cd '" + test.dir.path().string() +
                              "' && ulimit -f 1000 && TMPDIR=./temporary '" STYLIZE_BINARY
                              "' photo.png --quiet --style wide.pt --device cpu --precision fp32 "
                              "--max-memory 1M -o out.png 2>err";
  CHECK(WEXITSTATUS(std::system(("bash -c \"" + command + "\"").c_str())) == 1);
  const std::string message = read_file(test.dir / "err");
  CHECK_THAT(message, Contains("temporary: no room for"));
  CHECK_THAT(message, Contains("TMPDIR"));
  CHECK_FALSE(fs::exists(test.dir / "out.png"));
  CHECK(fs::is_empty(test.dir.path() / "temporary"));
}

TEST_CASE("sizes of memory and ways of tiling are checked before the work", "[picture_memory]") {
  const CliFixture fixture;
  for (const std::string text : {"many", "-4G", "0", "4X", "G"}) {
    const Finished run = fixture.run({"photo.png", "--max-memory=" + text});
    CHECK(run.code == 2);
    CHECK_THAT(run.err, Contains("--max-memory") && Contains("e.g. 4G"));
  }
  CHECK(fixture.run({"photo.png", "--tile", "512"}).code == 2);
  CHECK(fixture.run({"photo.png", "--max-memory", "1.5 GB", "--dry-run"}).code == 0);
}
