#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/pipeline/folder_scan.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct Tree {
  TempDir dir;

  explicit Tree(const Names& files) {
    for (const std::string& file : files) {
      fs::create_directories(fs::path(dir / file).parent_path());
      write_file(dir / file, "x");
    }
  }

  [[nodiscard]] FolderScan scan(const PathFilter& filter = {},
                                const fs::path& left_out = {}) const {
    return scan_folder(dir.path(), filter, left_out);
  }
};

// Root may read everything; for a while it is somebody who may not.
struct AsNobody {
  AsNobody() { REQUIRE((!root || ::seteuid(65534) == 0)); }
  ~AsNobody() {
    if (root && ::seteuid(0) != 0) {
      std::abort();
    }
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  const bool root = ::geteuid() == 0;
};

Names ids(const FolderScan& scan) {
  Names names;
  for (const FoundFile& file : scan.files) {
    names.push_back(file.id);
  }
  return names;
}

}  // namespace

TEST_CASE("a tree is found whole, sorted, with pictures told from other files", "[pipeline]") {
  const Tree tree(
      {"b.jpg", "sub/deep/c.PNG", "sub/a.webp", "notes.txt", "a b/größe.jpeg", "猫.tif"});
  const FolderScan scan = tree.scan();
  CHECK(ids(scan) ==
        Names{"a b/größe.jpeg", "b.jpg", "notes.txt", "sub/a.webp", "sub/deep/c.PNG", "猫.tif"});
  for (const FoundFile& file : scan.files) {
    CHECK(file.is_image == (file.id != "notes.txt"));
    CHECK(file.path == tree.dir.path() / file.id);
  }
  CHECK(scan.unreadable.empty());
}

TEST_CASE("hidden files and folders stay out", "[pipeline]") {
  const Tree tree({".hidden.jpg", ".git/a.jpg", "sub/.thumbs/b.jpg", "sub/c.jpg", "._c.jpg"});
  CHECK(ids(tree.scan()) == Names{"sub/c.jpg"});
}

TEST_CASE("names that are no UTF-8 are found as they are", "[pipeline]") {
  const std::string name = "caf\xE9 \xFF.jpg";
  const Tree tree({name, "sub\xFE/a.jpg"});
  CHECK(ids(tree.scan()) == Names{name, "sub\xFE/a.jpg"});
}

TEST_CASE("a file without an ending is a picture if its content is", "[pipeline]") {
  const Tree tree({"README", "empty"});
  write_file(tree.dir / "empty", "");
  save_picture(tree.dir / "scan.png", colorful(8, 8));
  fs::rename(tree.dir / "scan.png", tree.dir / "scan");
  for (const FoundFile& file : tree.scan().files) {
    CHECK(file.is_image == (file.id == "scan"));
  }
}

TEST_CASE("patterns without a slash take names, with one whole paths", "[pipeline]") {
  const Tree tree({"a.jpg", "a.png", "2024/a.jpg", "2024/may/b.jpg", "2025/a.jpg", "[1].jpg"});
  CHECK(ids(tree.scan({{"*.png"}, {}})) == Names{"a.png"});
  CHECK(ids(tree.scan({{"a.*"}, {}})) == Names{"2024/a.jpg", "2025/a.jpg", "a.jpg", "a.png"});
  CHECK(ids(tree.scan({{"2024/*"}, {}})) == Names{"2024/a.jpg", "2024/may/b.jpg"});
  CHECK(ids(tree.scan({{"*/a.jpg"}, {}})) == Names{"2024/a.jpg", "2025/a.jpg"});
  CHECK(ids(tree.scan({{"a.???", "b.jpg"}, {}})).size() == 5);
  CHECK(ids(tree.scan({{"[[]1].jpg"}, {}})) == Names{"[1].jpg"});
  CHECK(ids(tree.scan({{"A.JPG"}, {}})).empty());  // case counts
}

TEST_CASE("what is excluded stays out, whatever is included", "[pipeline]") {
  const Tree tree({"a.jpg", "raw/b.jpg", "x/raw/c.jpg", "x/raw.jpg", "x/d.jpg"});
  CHECK(ids(tree.scan({{}, {"raw"}})) == Names{"a.jpg", "x/d.jpg", "x/raw.jpg"});
  CHECK(ids(tree.scan({{}, {"raw/"}})) == Names{"a.jpg", "x/d.jpg", "x/raw.jpg", "x/raw/c.jpg"});
  CHECK(ids(tree.scan({{}, {"x/*"}})) == Names{"a.jpg", "raw/b.jpg"});
  CHECK(ids(tree.scan({{"*.jpg"}, {"d.jpg", "raw*"}})) == Names{"a.jpg"});
}

TEST_CASE("a folder that must not be entered is told, unless it is excluded", "[pipeline]") {
  const Tree tree({"a.jpg", "secret/b.jpg"});
  ::chmod(tree.dir.path().c_str(), 0755);
  ::chmod((tree.dir / "secret").c_str(), 0);
  FolderScan scan;
  FolderScan excluded;
  {
    const AsNobody nobody;
    scan = tree.scan();
    excluded = tree.scan({{}, {"secret"}});
  }
  ::chmod((tree.dir / "secret").c_str(), 0700);
  CHECK(ids(scan) == Names{"a.jpg"});
  REQUIRE(scan.unreadable.size() == 1);
  CHECK(scan.unreadable[0].path == tree.dir / "secret");
  CHECK_THAT(scan.unreadable[0].reason, Contains("ermission"));
  CHECK(ids(excluded) == Names{"a.jpg"});
  CHECK(excluded.unreadable.empty());
}

TEST_CASE("links are followed, but never round in circles", "[pipeline]") {
  const Tree tree({"a.jpg", "sub/b.jpg", "other/c.jpg"});
  fs::create_directory_symlink(tree.dir.path(), tree.dir / "sub/up");
  fs::create_directory_symlink(tree.dir / "sub", tree.dir / "sub/self");
  fs::create_directory_symlink("../other", tree.dir / "sub/sibling");
  fs::create_directory_symlink("../sub", tree.dir / "other/back");
  fs::create_symlink("a.jpg", tree.dir / "same.jpg");
  // A sibling is reached by its own name and by the link, which makes it two folders.
  CHECK(ids(tree.scan()) == Names{"a.jpg", "other/back/b.jpg", "other/c.jpg", "same.jpg",
                                  "sub/b.jpg", "sub/sibling/c.jpg"});
}

TEST_CASE("only regular files count", "[pipeline]") {
  const Tree tree({"a.jpg", "folder.jpg/b.jpg"});
  REQUIRE(::mkfifo((tree.dir / "pipe.jpg").c_str(), 0600) == 0);
  CHECK(ids(tree.scan()) == Names{"a.jpg", "folder.jpg/b.jpg"});
  CHECK(tree.scan().ignored == 1);
}

TEST_CASE("links to nothing are counted", "[pipeline]") {
  const Tree tree({"a.jpg", "sub/b.jpg"});
  fs::create_symlink("gone.jpg", tree.dir / "lost.jpg");
  fs::create_symlink("/nowhere/at/all", tree.dir / "sub/lost.txt");
  fs::create_symlink("gone", tree.dir / ".lost");
  CHECK(ids(tree.scan()) == Names{"a.jpg", "sub/b.jpg"});
  CHECK(tree.scan().ignored == 2);
  CHECK(tree.scan({{"*.jpg"}, {}}).ignored == 1);
}

TEST_CASE("the output folder inside the input is left out, however it is reached", "[pipeline]") {
  const Tree tree({"a.jpg", "out/a.jpg", "out/deep/b.jpg", "sub/c.jpg"});
  fs::create_directory_symlink("../out", tree.dir / "sub/results");
  CHECK(ids(tree.scan({}, tree.dir / "out")) == Names{"a.jpg", "sub/c.jpg"});
  CHECK(ids(tree.scan({}, tree.dir / "sub/../out/")) == Names{"a.jpg", "sub/c.jpg"});
  CHECK(ids(tree.scan({}, tree.dir / "none")).size() == 6);
}

TEST_CASE("results of any earlier run below the input are no inputs", "[pipeline]") {
  const Tree tree({"a.jpg", "cel/.stylize/done.jsonl", "cel/a.jpg", "cel/deep/b.jpg", "sub/c.jpg",
                   "sub/jojo/.stylize/done.jsonl", "sub/jojo/c.jpg", "odd/.stylize", "odd/d.jpg"});
  fs::create_directory_symlink("../cel/deep", tree.dir / "sub/linked");
  fs::create_directory_symlink("cel", tree.dir / "same");
  CHECK(ids(tree.scan()) == Names{"a.jpg", "odd/d.jpg", "sub/c.jpg", "sub/linked/b.jpg"});
  // Results are inputs where they are what was asked for.
  CHECK(ids(scan_folder(tree.dir / "cel", {}, {})) == Names{"a.jpg", "deep/b.jpg"});

  Names list;
  for (const char* name : {"a.jpg", "cel/a.jpg", "cel/deep/b.jpg", "sub/c.jpg", "sub/jojo/c.jpg"}) {
    list.push_back(tree.dir / name);
  }
  CHECK(ids(scan_list(list, tree.dir.path(), {}, {})) == Names{"a.jpg", "sub/c.jpg"});
  CHECK(ids(scan_list({list[1], list[2]}, tree.dir / "cel", {}, {})) ==
        Names{"a.jpg", "deep/b.jpg"});
}

TEST_CASE("a report, a page and its thumbnails are no inputs", "[pipeline]") {
  const std::string thumbnail = "t-0123456789abcdef01234567.jpg";
  const Tree tree({"a.jpg", "g.html", "sub/run.jsonl", "other.html", "g_files/of the user.jpg",
                   "g_files/" + thumbnail, "old_files/" + thumbnail, "old_files/t-1.jpg",
                   "mine/" + thumbnail});
  const Names others{"a.jpg", "mine/" + thumbnail, "old_files/t-1.jpg", "other.html"};
  const PathFilter filter{.by_products = {tree.dir / "g.html", tree.dir / "sub/../sub/run.jsonl",
                                          tree.dir / "g_files", tree.dir / "missing"}};
  CHECK(ids(tree.scan(filter)) == others);
  // Without being told of them, thumbnails are known by their names.
  Names all{"g.html", "g_files/of the user.jpg", "sub/run.jsonl"};
  all.insert(all.end(), others.begin(), others.end());
  std::sort(all.begin(), all.end());
  CHECK(ids(tree.scan()) == all);

  Names list;
  for (const char* name : {"a.jpg", "g.html", "sub/run.jsonl", "other.html"}) {
    list.push_back(tree.dir / name);
  }
  list.push_back(tree.dir / ("old_files/" + thumbnail));
  CHECK(ids(scan_list(list, tree.dir.path(), filter, {})) == Names{"a.jpg", "other.html"});
}

TEST_CASE("a picture stays an input, so that no report replaces it unnoticed", "[pipeline]") {
  const Tree tree({"a.jpg"});
  const PathFilter filter{.by_products = {tree.dir / "a.jpg"}};
  CHECK(ids(tree.scan(filter)) == Names{"a.jpg"});
  CHECK(ids(scan_list({tree.dir / "a.jpg"}, tree.dir.path(), filter, {})) == Names{"a.jpg"});
}

TEST_CASE("a folder that cannot be read is an error that names it", "[pipeline]") {
  const Tree tree({"a.jpg"});
  CHECK_THROWS_WITH(scan_folder(tree.dir / "missing", {}, {}),
                    Contains("missing") && Contains("cannot read the folder"));
  CHECK_THROWS_AS(scan_folder(tree.dir / "a.jpg", {}, {}), Error);
}

TEST_CASE("lists are lines, or end in NUL where there is one", "[pipeline]") {
  const auto read = [](const std::string& text) {
    std::istringstream stream(text);
    return read_path_list(stream);
  };
  CHECK(read("").empty());
  CHECK(read("\n\n").empty());
  CHECK(read("a.jpg") == Names{"a.jpg"});
  CHECK(read("a b.jpg\n\nü.jpg\n") == Names{"a b.jpg", "ü.jpg"});
  CHECK(read(std::string("a\nb.jpg\0c.jpg\0\0", 15)) == Names{"a\nb.jpg", "c.jpg"});
  CHECK(read("a.jpg\r\n\r\n b.jpg\r\nc\r.jpg") == Names{"a.jpg", " b.jpg", "c\r.jpg"});
  CHECK(read(std::string("a.jpg\r\0", 7)) == Names{"a.jpg\r"});
}

TEST_CASE("a list takes its place in the tree of its folder", "[pipeline]") {
  const Tree tree({"a.jpg", "sub/b.jpg", "sub/notes.txt", ".hidden.jpg", "..odd.jpg"});
  const auto scan = [&](const Names& paths, const PathFilter& filter = {}) {
    Names absolute;
    for (const std::string& path : paths) {
      absolute.push_back(tree.dir / path);
    }
    return scan_list(absolute, tree.dir.path() / "", filter, {});
  };
  // Sorted, and each once; what is named is meant, hidden or not.
  CHECK(ids(scan({"sub/b.jpg", "./sub/../a.jpg", "sub//b.jpg", ".hidden.jpg", "..odd.jpg"})) ==
        Names{"..odd.jpg", ".hidden.jpg", "a.jpg", "sub/b.jpg"});
  CHECK(ids(scan({"a.jpg", "sub/b.jpg"}, {{}, {"sub/*"}})) == Names{"a.jpg"});
  const FolderScan mixed = scan({"sub/notes.txt", "missing.txt", "sub"});
  REQUIRE(ids(mixed) == Names{"missing.txt", "sub/notes.txt"});
  CHECK(mixed.files[0].is_image);  // a job that fails and says why
  CHECK_FALSE(mixed.files[1].is_image);
  CHECK(mixed.ignored == 1);
  // What find(1) prints: folders, the root itself and even what is above it among them.
  const FolderScan found = scan({".", "", "a.jpg", "./sub/", "sub/b.jpg", ".."});
  CHECK(ids(found) == Names{"a.jpg", "sub/b.jpg"});
  CHECK(found.ignored == 4);
  for (const char* outside : {"../x.jpg", "sub/../../x.jpg"}) {
    CHECK_THROWS_WITH(scan({outside}), Contains("lies outside"));
  }
}

TEST_CASE("a list that takes in earlier results passes them over", "[pipeline]") {
  const Tree tree({"a.jpg", "out/a.jpg", "out/sub/b.jpg", "output.jpg"});
  const Names all{tree.dir / "a.jpg", tree.dir / "out/a.jpg", tree.dir / "out/sub/b.jpg",
                  tree.dir / "output.jpg"};
  CHECK(ids(scan_list(all, tree.dir.path(), {}, tree.dir / "out")) == Names{"a.jpg", "output.jpg"});
  // Results around the inputs are another matter.
  CHECK(ids(scan_list({tree.dir / "out/a.jpg"}, tree.dir / "out", {}, tree.dir.path())) ==
        Names{"a.jpg"});
}
