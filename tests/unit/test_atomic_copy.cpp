#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/media/atomic_file.h"
#include "temp_dir.h"

using namespace stylize;
using stylize::test::read_file;
using stylize::test::TempDir;
using stylize::test::write_file;

namespace fs = std::filesystem;

TEST_CASE("a copy has all bytes and leaves nothing beside it", "[media]") {
  const TempDir dir;
  const std::string large(3'000'001, '\x7F');
  for (const std::string& content : {std::string(), std::string("x\0y", 3), large}) {
    write_file(dir / "from", content);
    copy_file_atomically(dir / "from", dir / "to", Overwrite::kYes);
    CHECK(read_file(dir / "to") == content);
    CHECK(dir.names() == std::vector<std::string>{"from", "to"});
  }
  CHECK_THROWS_AS(copy_file_atomically(dir / "from", dir / "to", Overwrite::kNo), Error);
  CHECK_THROWS_WITH(copy_file_atomically(dir / "none", dir / "new", Overwrite::kNo),
                    Catch::Contains("none: cannot be read"));
  CHECK_THROWS_AS(copy_file_atomically(dir.path(), dir / "new", Overwrite::kNo), Error);
  CHECK(dir.names() == std::vector<std::string>{"from", "to"});
}

TEST_CASE("unfinished files lie in the folder that was named, and do not stay", "[media]") {
  const TempDir dir;
  fs::create_directory(dir / "tmp");
  write_file(dir / "from", "content");
  const Overwrite overwrite = GENERATE(Overwrite::kNo, Overwrite::kYes);
  copy_file_atomically(dir / "from", dir / "to", overwrite, dir / "tmp");
  CHECK(read_file(dir / "to") == "content");
  CHECK(dir.names() == std::vector<std::string>{"from", "tmp/", "to"});
  // One that is not there or lies on another file system is of no use.
  for (const char* useless : {"/proc", "/none"}) {
    copy_file_atomically(dir / "from", dir / "again", Overwrite::kYes, useless);
    CHECK(read_file(dir / "again") == "content");
  }
}
