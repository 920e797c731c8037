#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/pipeline/folder_planner.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

// A folder `in` with files, and what earlier runs into `out` have done.
struct Fixture {
  TempDir dir;
  FolderRequest request;

  explicit Fixture(const std::vector<std::string>& files) {
    for (const std::string& file : files) {
      put("in/" + file, "input");
    }
    request.folder = dir.path() / "in";
    request.output = dir / "out";
    request.style = "cel";
  }

  void put(const std::string& file, const std::string& content) const {
    fs::create_directories(fs::path(dir / file).parent_path());
    write_file(dir / file, content);
  }

  // As if a run had made `output` of `job`.
  void made(const std::string& job, const std::string& output, const std::string& content) const {
    put("out/" + output, content);
    RunRecord record;
    record.job = job;
    record.key = "key";
    record.output = output;
    record.status = "done";
    record.size = content.size();
    log(record_line(record, 1));
  }

  void log(const std::string& line) const {
    fs::create_directories(fs::path(dir / "out/.stylize"));
    std::ofstream(dir / "out/.stylize/done.jsonl", std::ios::app) << line;
  }

  [[nodiscard]] FolderPlan plan() const {
    return plan_folder(request, RunHistory(output_folder(request)));
  }

  [[nodiscard]] ErrorCode refusal() const {
    try {
      static_cast<void>(plan());
    } catch (const Error& error) {
      return error.code();
    }
    FAIL("no error");
    return ErrorCode::kInternal;
  }
};

std::vector<std::string> outputs(const FolderPlan& plan) {
  std::vector<std::string> names;
  for (const Job& job : plan.jobs) {
    names.push_back(job.output_id);
  }
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the tree is kept, one job a picture", "[pipeline]") {
  Fixture fixture({"b.jpg", "sub/deep/a b.PNG", "größe.webp", "notes.txt", "sub/list.csv"});
  const FolderPlan plan = fixture.plan();
  CHECK(outputs(plan) == Names{"b.jpg", "größe.webp", "sub/deep/a b.PNG"});
  CHECK(plan.ignored == 2);
  for (const Job& job : plan.jobs) {
    CHECK(job.id == job.output_id);
    CHECK(job.input == fixture.dir.path() / "in" / job.id);
    CHECK(job.output == fixture.dir.path() / "out" / job.id);
    CHECK_FALSE((job.skip || job.copy || job.overwrite));
  }
  CHECK(plan.jobs[0].format == ImageFormat::kJpeg);
  CHECK_FALSE(fs::exists(fixture.dir / "out"));  // a plan touches nothing
}

TEST_CASE("pattern and format make the names", "[pipeline]") {
  Fixture fixture({"a.jpg", "sub/b.c.png", "scan"});
  fixture.request.list = {fixture.dir / "in/a.jpg", fixture.dir / "in/sub/b.c.png",
                          fixture.dir / "in/none"};
  fixture.request.pattern = "{stem}.{style}{ext}";
  CHECK(outputs(fixture.plan()) == Names{"a.cel.jpg", "none.cel.png", "sub/b.c.cel.png"});
  fixture.request.format = ImageFormat::kWebp;
  CHECK(outputs(fixture.plan()) == Names{"a.cel.webp", "none.cel.webp", "sub/b.c.cel.webp"});
  fixture.request.pattern = "{name}.png";
  CHECK(fixture.refusal() == ErrorCode::kUsage);  // the ending contradicts the format
  fixture.request.format.reset();
  fixture.request.pattern = "{stem}.bmp";
  CHECK(fixture.refusal() == ErrorCode::kUsage);
}

TEST_CASE("the default output folder lies beside the input", "[pipeline]") {
  FolderRequest request;
  request.style = "cel";
  const auto output = [&](const std::string& folder) {
    request.folder = folder;
    return output_folder(request).string();
  };
  CHECK(output("photos") == "photos.cel");
  CHECK(output("photos/") == "photos.cel");
  CHECK(output("a/photos//") == "a/photos.cel");
  CHECK(output("/photos/../x/.") == "/x.cel");
  const fs::path here = fs::current_path();
  CHECK(output(".") == here.string() + ".cel");
  CHECK(output("./") == here.string() + ".cel");
  CHECK(output("..") == here.parent_path().string() + ".cel");
}

TEST_CASE("results never lie among the originals", "[pipeline]") {
  Fixture fixture({"a.jpg", "out/a.jpg"});
  for (const char* same : {"in", "in/", "in/.", "in/../in", "link"}) {
    if (!fs::exists(fixture.dir / "link")) {
      fs::create_directory_symlink("in", fixture.dir / "link");
    }
    CAPTURE(same);
    fixture.request.output = fixture.dir / same;
    CHECK_THROWS_WITH(fixture.plan(), Contains("is the input folder"));
  }
}

TEST_CASE("an output folder inside the input is no input", "[pipeline]") {
  Fixture fixture({"a.jpg", "out/a.jpg", "out/sub/b.jpg", "sub/c.jpg"});
  fs::remove_all(fixture.dir / "in/out/.stylize");
  fixture.request.output = fixture.dir / "in/out";
  fixture.request.on_exists = OnExists::kOverwrite;
  CHECK(outputs(fixture.plan()) == Names{"a.jpg", "sub/c.jpg"});
  fixture.request.list = {fixture.dir / "in/a.jpg", fixture.dir / "in/out/a.jpg"};
  CHECK(outputs(fixture.plan()) == Names{"a.jpg"});
}

TEST_CASE("an output that would replace an input is refused", "[pipeline]") {
  // in/in/a.jpg becomes <parent of in>/in/a.jpg, which is an input.
  Fixture fixture({"a.jpg", "in/a.jpg"});
  fixture.request.output = fixture.dir.path().string();
  fixture.request.on_exists = OnExists::kOverwrite;
  CHECK_THROWS_WITH(fixture.plan(), Contains("replace an input"));
}

TEST_CASE("two inputs for one output are found before any work", "[pipeline]") {
  Fixture fixture({"sub/a.jpg", "sub/a.png", "b.jpg"});
  CHECK(fixture.plan().jobs.size() == 3);
  fixture.request.format = ImageFormat::kPng;
  CHECK_THROWS_WITH(fixture.plan(),
                    Contains("a.jpg") && Contains("a.png") && Contains("would be written here"));
  // All shards see the same, whichever has the two.
  for (const int index : {1, 2, 3}) {
    fixture.request.shard = Shard{index, 3};
    CHECK(fixture.refusal() == ErrorCode::kUsage);
  }
  fixture.request.shard.reset();
  fixture.request.pattern = "{name}{ext}";
  CHECK(outputs(fixture.plan()) == Names{"b.jpg.png", "sub/a.jpg.png", "sub/a.png.png"});
  fixture.request.pattern = "same.png";
  CHECK(fixture.refusal() == ErrorCode::kUsage);
}

TEST_CASE("other files are copied where that is wanted", "[pipeline]") {
  Fixture fixture({"a.jpg", "notes.txt", "sub/a.xmp"});
  fixture.request.copy_others = true;
  fixture.request.pattern = "{stem}.{style}{ext}";
  const FolderPlan plan = fixture.plan();
  CHECK(outputs(plan) == Names{"a.cel.jpg", "notes.txt", "sub/a.xmp"});
  CHECK_FALSE(plan.jobs[0].copy);
  CHECK((plan.jobs[1].copy && plan.jobs[2].copy));
  CHECK(plan.ignored == 0);
}

TEST_CASE("a copy and a picture never share a name", "[pipeline]") {
  Fixture fixture({"a.jpg", "a"});
  fixture.request.copy_others = true;
  fixture.request.pattern = "{stem}";
  CHECK_THROWS_WITH(fixture.plan(), Contains("would be written here"));
}

TEST_CASE("a stranger's file follows the policy", "[pipeline]") {
  Fixture fixture({"a.jpg", "b.jpg"});
  fixture.put("out/a.jpg", "somebody's");
  CHECK(fixture.refusal() == ErrorCode::kOutputExists);
  fixture.request.on_exists = OnExists::kSkip;
  CHECK(fixture.plan().jobs[0].skip);
  CHECK_FALSE(fixture.plan().jobs[1].skip);
  fixture.request.on_exists = OnExists::kOverwrite;
  CHECK(fixture.plan().jobs[0].overwrite);
  fixture.request.on_exists = OnExists::kRename;
  CHECK(outputs(fixture.plan()) == Names{"a-1.jpg", "b.jpg"});
  CHECK_FALSE(fixture.plan().jobs[0].overwrite);
  // A broken link is something, too.
  fs::remove(fixture.dir / "out/a.jpg");
  fs::create_symlink("nowhere", fixture.dir / "out/a.jpg");
  fixture.request.on_exists = OnExists::kError;
  CHECK(fixture.refusal() == ErrorCode::kOutputExists);
}

TEST_CASE("what an earlier run has made is replaced without asking", "[pipeline]") {
  Fixture fixture({"a.jpg", "b.jpg"});
  fixture.made("a.jpg", "a.jpg", "drawn");
  const OnExists policy =
      GENERATE(OnExists::kError, OnExists::kSkip, OnExists::kOverwrite, OnExists::kRename);
  fixture.request.on_exists = policy;
  const FolderPlan plan = fixture.plan();
  CHECK(plan.jobs[0].overwrite);
  CHECK_FALSE(plan.jobs[0].skip);
  CHECK(plan.jobs[0].output_id == "a.jpg");
}

TEST_CASE("a result that somebody has edited is a stranger's file", "[pipeline]") {
  Fixture fixture({"a.jpg"});
  fixture.made("a.jpg", "a.jpg", "drawn");
  fixture.put("out/a.jpg", "drawn, and improved by hand");
  CHECK(fixture.refusal() == ErrorCode::kOutputExists);
  fixture.request.on_exists = OnExists::kSkip;
  CHECK(fixture.plan().jobs[0].skip);
  fixture.request.on_exists = OnExists::kRename;
  CHECK(fixture.plan().jobs[0].output_id == "a-1.jpg");
}

TEST_CASE("what another job has made is a stranger's file", "[pipeline]") {
  Fixture fixture({"a.jpg", "b.jpg"});
  fixture.made("b.jpg", "a.jpg", "drawn");
  CHECK(fixture.refusal() == ErrorCode::kOutputExists);
}

TEST_CASE("an output that a killed run has just made is its own", "[pipeline]") {
  Fixture fixture({"a.jpg"});
  fixture.log(begin_line("a.jpg", "a.jpg", 5, 1));
  CHECK_FALSE(fixture.plan().jobs[0].overwrite);  // it was not there yet
  fixture.put("out/a.jpg", "drawn");
  CHECK(fixture.plan().jobs[0].overwrite);
  // Or the run after it was killed, too, just before it published bytes of another number.
  fixture.log(begin_line("a.jpg", "a.jpg", 6, 2));
  CHECK(fixture.plan().jobs[0].overwrite);
  // It may as well be somebody's who came between.
  fixture.put("out/a.jpg", "of another size");
  CHECK(fixture.refusal() == ErrorCode::kOutputExists);
}

TEST_CASE("a number that a run had to choose is kept", "[pipeline]") {
  Fixture fixture({"a.jpg"});
  fixture.put("out/a.jpg", "somebody's");
  fixture.put("out/a-1.jpg", "somebody else's");
  fixture.request.on_exists = OnExists::kRename;
  CHECK(outputs(fixture.plan()) == Names{"a-2.jpg"});
  SECTION("when it is finished") { fixture.made("a.jpg", "a-2.jpg", "drawn"); }
  SECTION("when the run was killed at it") {
    fixture.log(begin_line("a.jpg", "a-2.jpg", 5, 1));
    fixture.put("out/a-2.jpg", "drawn");
  }
  const FolderPlan plan = fixture.plan();
  CHECK(outputs(plan) == Names{"a-2.jpg"});
  CHECK(plan.jobs[0].overwrite);  // should it have to be drawn again
  fixture.put("out/a-2.jpg", "edited by hand");
  CHECK(outputs(fixture.plan()) == Names{"a-3.jpg"});
}

TEST_CASE("a number is free only if no other picture wants the name", "[pipeline]") {
  Fixture fixture({"a.jpg", "a-1.jpg", "a-2.jpg"});
  fixture.put("out/a.jpg", "somebody's");
  fixture.request.on_exists = OnExists::kRename;
  CHECK(outputs(fixture.plan()) == Names{"a-1.jpg", "a-2.jpg", "a-3.jpg"});
}

TEST_CASE("an output that is a folder or no file is refused", "[pipeline]") {
  Fixture fixture({"a.jpg"});
  fixture.request.on_exists = OnExists::kOverwrite;
  fs::create_directories(fixture.dir / "out/a.jpg");
  CHECK_THROWS_WITH(fixture.plan(), Contains("is a folder"));
}

TEST_CASE("what other shards publish meanwhile is theirs", "[pipeline]") {
  Fixture fixture({"a.jpg", "b.jpg", "c.jpg", "d.jpg"});
  fixture.request.shard = Shard{1, 2};
  const Names mine = outputs(fixture.plan());
  REQUIRE((!mine.empty() && mine.size() < 4));
  for (const std::string name : {"a.jpg", "b.jpg", "c.jpg", "d.jpg"}) {
    if (std::find(mine.begin(), mine.end(), name) == mine.end()) {
      fixture.put("out/" + name, "drawn a moment ago, after the history was read");
    }
  }
  CHECK(outputs(fixture.plan()) == mine);
  fixture.put("out/" + mine.front(), "somebody's");
  CHECK(fixture.refusal() == ErrorCode::kOutputExists);
}

TEST_CASE("shards share the jobs between them", "[pipeline]") {
  std::vector<std::string> files;
  files.reserve(30);
  for (int i = 0; i < 30; ++i) {
    files.push_back("sub/" + std::to_string(i) + ".jpg");
  }
  Fixture fixture(files);
  std::vector<std::string> together;
  for (const int index : {1, 2, 3}) {
    fixture.request.shard = Shard{index, 3};
    const FolderPlan plan = fixture.plan();
    CHECK(plan.jobs.size() + static_cast<std::size_t>(plan.of_other_shards) == 30);
    const Names mine = outputs(plan);
    together.insert(together.end(), mine.begin(), mine.end());
    // A file that comes later moves none of the others.
    fixture.put("in/later.jpg", "input");
    Names after = outputs(fixture.plan());
    after.erase(std::remove(after.begin(), after.end(), "later.jpg"), after.end());
    CHECK(after == mine);
    fs::remove(fixture.dir / "in/later.jpg");
  }
  std::sort(together.begin(), together.end());
  fixture.request.shard.reset();
  CHECK(together == outputs(fixture.plan()));
}
