#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli_fixture.h"

using namespace stylize::test;
using Catch::Contains;

TEST_CASE("a full disk is said and leaves nothing behind", "[disk]") {
#if defined(__SANITIZE_ADDRESS__)
  WARN("skipped: AddressSanitizer does not allow a preloaded library");
#else
  const CliFixture fixture;
  write_file(fixture.dir / "photo.negative.png", "precious");
  save_picture(fixture.dir / "second.png", fixture.pixels);
  const std::vector<std::string> before = fixture.dir.names();
  for (const long bytes : {0L, 100L, 1500L}) {
    const Finished run =
        fixture.run({"photo.png", "second.png", "-y"}, {.environment = full_disk_after(bytes)});
    CHECK(run.code == 1);
    CHECK_THAT(run.err, Contains("photo.negative.png: cannot write: the disk is full"));
    CHECK(fixture.dir.names() == before);
    CHECK(read_file(fixture.dir / "photo.negative.png") == "precious");
  }
#endif
}

TEST_CASE("a file size limit is an error, not a crash", "[disk]") {
  const CliFixture fixture;
  const std::string command = "cd '" + fixture.dir.path().string() +
                              "' && ulimit -f 1 && '" STYLIZE_BINARY
                              "' photo.png --quiet -f tif -o big.tif --style negative.pt 2>err";
  save_picture(fixture.photo, colorful(400, 300));
  CHECK(WEXITSTATUS(std::system(("bash -c \"" + command + "\"").c_str())) == 1);
  CHECK_FALSE(std::filesystem::exists(fixture.dir / "big.tif"));
}

TEST_CASE("places that cannot be written are errors that name them", "[disk]") {
  const CliFixture fixture;
  write_file(fixture.dir / "file", "x");
  const Finished proc = fixture.run({"photo.png", "-o", "/proc/out.png"});
  CHECK(proc.code == 1);
  CHECK_THAT(proc.err, Contains("/proc/out.png: cannot write"));
  const Finished through_file = fixture.run({"photo.png", "-o", "file/out.png"});
  CHECK(through_file.code == 1);
  CHECK_THAT(through_file.err, Contains("file"));
  const Finished long_name = fixture.run({"photo.png", "-o", std::string(280, 'n') + ".png"});
  CHECK(long_name.code == 1);
  CHECK_THAT(long_name.err, Contains("too long"));
  const Finished report = fixture.run({"photo.png", "--report", "file/report.jsonl"});
  CHECK(report.code == 1);
  CHECK_THAT(report.err, Contains("--report file/report.jsonl"));
  CHECK(read_file(fixture.dir / "file") == "x");
}
