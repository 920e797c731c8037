#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/media/atomic_file.h"
#include "temp_dir.h"

using namespace stylize;
using stylize::test::read_file;
using stylize::test::TempDir;
using stylize::test::write_file;

namespace {

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

ErrorCode code_of_write(const std::string& path, Overwrite overwrite) {
  try {
    write_file_atomically(path, bytes("new"), overwrite);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find(path) == 0);
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::kInternal;
}

}  // namespace

TEST_CASE("a written file is whole, alone and readable like any other", "[media]") {
  const TempDir dir;
  const std::string path = dir / "out.bin";
  write_file_atomically(path, bytes("hello"), Overwrite::kNo);
  CHECK(read_file(path) == "hello");
  CHECK(dir.names() == std::vector<std::string>{"out.bin"});
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0600U) == 0600U);
  CHECK((status.st_mode & 0111U) == 0U);
}

TEST_CASE("an existing file is replaced only when asked", "[media]") {
  const TempDir dir;
  const std::string path = dir / "out.bin";
  write_file(path, "old");
  CHECK(code_of_write(path, Overwrite::kNo) == ErrorCode::kOutputExists);
  CHECK(read_file(path) == "old");
  chmod(path.c_str(), 0640);
  write_file_atomically(path, bytes("new"), Overwrite::kYes);
  CHECK(read_file(path) == "new");
  CHECK(dir.names() == std::vector<std::string>{"out.bin"});
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0640U);
}

TEST_CASE("a new file keeps to the mask of the moment, which stays", "[media]") {
  const TempDir dir;
  const mode_t before = umask(0077);
  for (const mode_t mask : {mode_t{0077}, mode_t{0022}, mode_t{0002}}) {
    umask(mask);
    const std::string path = dir / std::to_string(mask);
    write_file_atomically(path, bytes("x"), Overwrite::kNo);
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == (0666U & ~mask));
    CHECK(umask(mask) == mask);
  }
  umask(before);
}

TEST_CASE("a name of the greatest length can be written", "[media]") {
  const TempDir dir;
  const std::string path = dir / (std::string(251, 'n') + ".png");
  write_file_atomically(path, bytes("x"), Overwrite::kNo);
  CHECK(read_file(path) == "x");
}

TEST_CASE("places that cannot be written are errors that name them", "[media]") {
  const TempDir dir;
  write_file(dir / "file", "");
  CHECK(code_of_write(dir / "missing/out", Overwrite::kYes) == ErrorCode::kOutputUnwritable);
  CHECK(code_of_write(dir / "file/out", Overwrite::kYes) == ErrorCode::kOutputUnwritable);
  CHECK(code_of_write("/proc/stylize-out", Overwrite::kYes) == ErrorCode::kOutputUnwritable);
  CHECK(code_of_write(dir / std::string(300, 'n'), Overwrite::kYes) ==
        ErrorCode::kOutputUnwritable);
  CHECK(dir.names() == std::vector<std::string>{"file"});
}
