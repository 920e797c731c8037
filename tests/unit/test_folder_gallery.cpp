#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "log_catcher.h"
#include "src/cli/folder_gallery.h"
#include "stylize/core/error.h"
#include "stylize/pipeline/folder_planner.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::cli;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

bool write_page(const FolderGallery& gallery, const CancellationToken& cancellation = {}) {
  return gallery.write({}, "title", {}, 1.0, cancellation);
}

}  // namespace

TEST_CASE("a page that cannot be written is told, and ends nothing", "[cli]") {
  const TempDir dir;
  const LogCatcher log;
  CHECK(write_page(FolderGallery("")));
  const FolderGallery gallery(dir / "pages/page.html");
  gallery.prepare(3);
  CHECK(write_page(gallery));
  CHECK(fs::exists(dir / "pages/page.html"));
  CHECK_THAT(log.text(), Contains("gallery: ") && !Contains("no gallery"));
  // What was fine before the run need not be after it.
  fs::remove_all(dir / "pages");
  write_file(dir / "pages", "in the way");
  CHECK_FALSE(write_page(gallery));
  CHECK_THAT(log.text(), Contains("no gallery: " + dir / "pages"));
  CHECK_THROWS_AS(gallery.prepare(3), Error);
}

TEST_CASE("a page that was interrupted is not whole", "[cli]") {
  const TempDir dir;
  const LogCatcher log;
  CancellationToken cancellation;
  cancellation.cancel();
  CHECK_FALSE(write_page(FolderGallery(dir / "page.html"), cancellation));
  CHECK(fs::exists(dir / "page.html"));
  CHECK_THAT(log.text(), Contains("may lack thumbnails"));
}

TEST_CASE("what a run writes besides its results is not planned for the next", "[cli]") {
  const TempDir dir;
  const std::vector<std::string> own{
      "g.html",    "g.2-of-4.html",   "g_files/notes.txt", "g.2-of-4_files/notes.txt",
      "run.jsonl", "run.2-of-4.jsonl"};
  fs::create_directories(dir / "g_files");
  fs::create_directories(dir / "g.2-of-4_files");
  for (const std::string& name : own) {
    write_file(dir / name, "x");
  }
  write_file(dir / "notes.txt", "x");
  FolderRequest request;
  request.folder = dir.path();
  request.output = dir / "out";
  request.copy_others = true;
  const auto planned = [&](const std::string& shard) {
    request.filter.by_products = by_products(dir / "run.jsonl", dir / "g.html", shard);
    return plan_folder(request, RunHistory(request.output)).jobs.size();
  };
  CHECK(planned("2-of-4") == 1);
  CHECK(planned("") == 1 + 3);  // what another shard made
  CHECK(by_products("", "", "2-of-4").empty());
}
