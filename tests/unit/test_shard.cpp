#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/pipeline/shard.h"

using namespace stylize;
using Catch::Contains;

namespace {

using Variables = std::map<std::string, std::string>;

Shard parse(const std::string& text, const Variables& variables = {}) {
  return parse_shard(text, [&variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

Variables slurm(int id, int first, int last, int count, int step) {
  return {{"SLURM_ARRAY_TASK_ID", std::to_string(id)},
          {"SLURM_ARRAY_TASK_MIN", std::to_string(first)},
          {"SLURM_ARRAY_TASK_MAX", std::to_string(last)},
          {"SLURM_ARRAY_TASK_COUNT", std::to_string(count)},
          {"SLURM_ARRAY_TASK_STEP", std::to_string(step)}};
}

std::string auto_name(const Variables& variables) { return parse("auto", variables).name(); }

}  // namespace

TEST_CASE("every file belongs to exactly one shard", "[pipeline]") {
  constexpr int kFiles = 2000;
  for (const int count : {1, 2, 3, 7, 16}) {
    std::vector<int> sizes(static_cast<std::size_t>(count));
    for (int file = 0; file < kFiles; ++file) {
      const std::string id = "folder/" + std::to_string(file) + ".jpg";
      int owners = 0;
      for (int index = 1; index <= count; ++index) {
        if (Shard{index, count}.has(id)) {
          ++owners;
          ++sizes[static_cast<std::size_t>(index) - 1];
        }
      }
      CHECK(owners == 1);
    }
    for (const int size : sizes) {
      CHECK(size > kFiles / count / 2);  // about the same for all
    }
  }
}

TEST_CASE("a file's shard follows from its path alone, for ever", "[pipeline]") {
  // From sha256sum: the first 16 digits as a number, modulo the count. Results of runs that stopped
  // depend on it.
  const std::map<std::string, int> known{{"a.jpg", 3}, {"sub/b.png", 4}, {"größe 猫.webp", 1}};
  for (const auto& [id, index] : known) {
    CAPTURE(id);
    CHECK(Shard{index, 4}.has(id));
  }
}

TEST_CASE("shards are written I/N", "[pipeline]") {
  CHECK(parse("1/1").name() == "1-of-1");
  CHECK(parse("3/12").name() == "3-of-12");
  CHECK(parse("1000000/1000000").index == 1000000);
  for (const char* text : {"", "/", "1", "1/", "/2", "0/2", "3/2", "-1/2", "1/-2", "1/0", "a/b",
                           "1/2/3", "1 /2", "1/2 ", "+1/2", "1/1000001", "1/99999999999", "Auto"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse(text), Contains("--shard") && Contains("I/N"));
  }
}

TEST_CASE("a Slurm array's tasks are its shards", "[pipeline]") {
  CHECK(auto_name(slurm(1, 1, 4, 4, 1)) == "1-of-4");
  CHECK(auto_name(slurm(4, 1, 4, 4, 1)) == "4-of-4");
  CHECK(auto_name(slurm(0, 0, 2, 3, 1)) == "1-of-3");
  CHECK(auto_name(slurm(17, 17, 17, 1, 1)) == "1-of-1");
  // --array=0-30:10, and 0-31:10, which ends with 30, too
  CHECK(auto_name(slurm(0, 0, 30, 4, 10)) == "1-of-4");
  CHECK(auto_name(slurm(20, 0, 30, 4, 10)) == "3-of-4");
  CHECK(auto_name(slurm(30, 0, 30, 4, 10)) == "4-of-4");
}

TEST_CASE("an array with gaps is refused by every one of its tasks", "[pipeline]") {
  // --array=1,3,7 as Slurm 22.05 describes it; so that no third of the files is done in silence
  for (const int task : {1, 3, 7}) {
    CHECK_THROWS_WITH(parse("auto", slurm(task, 1, 7, 3, 1)),
                      Contains("the array has gaps") && Contains("--array=1-3"));
  }
  // --array=1,3,5, which a step of 2 would explain if Slurm said so
  for (const int task : {1, 3, 5}) {
    CHECK_THROWS_WITH(parse("auto", slurm(task, 1, 5, 3, 1)), Contains("gaps"));
  }
  CHECK_THROWS_AS(parse("auto", slurm(5, 1, 4, 4, 1)), Error);
  CHECK_THROWS_AS(parse("auto", slurm(0, 1, 4, 4, 1)), Error);
  CHECK_THROWS_AS(parse("auto", slurm(15, 0, 30, 4, 10)), Error);
  CHECK_THROWS_AS(parse("auto", slurm(1, 1, 1, 0, 1)), Error);
  CHECK_THROWS_AS(parse("auto", slurm(1, 1, 4, 4, 0)), Error);
}

TEST_CASE("a pod of an Indexed Job counts from 0", "[pipeline]") {
  const auto pod = [](const std::string& index, const std::string& count) {
    return Variables{{"JOB_COMPLETION_INDEX", index}, {"STYLIZE_SHARD_COUNT", count}};
  };
  CHECK(auto_name(pod("0", "3")) == "1-of-3");
  CHECK(auto_name(pod("2", "3")) == "3-of-3");
  CHECK_THROWS_WITH(parse("auto", pod("3", "3")), Contains("JOB_COMPLETION_INDEX is 3"));
  CHECK_THROWS_WITH(parse("auto", pod("x", "3")), Contains("not a number"));
  CHECK_THROWS_WITH(parse("auto", pod("0", "")), Contains("not a number"));
  CHECK_THROWS_WITH(parse("auto", {{"JOB_COMPLETION_INDEX", "1"}}),
                    Contains("STYLIZE_SHARD_COUNT is not set"));
}

TEST_CASE("where there is no array, auto says so", "[pipeline]") {
  CHECK_THROWS_WITH(parse("auto"), Contains("neither") && Contains("--shard I/N"));
  CHECK_THROWS_WITH(parse("auto", {{"SLURM_ARRAY_TASK_ID", "1"}}),
                    Contains("SLURM_ARRAY_TASK_MIN is not set"));
  CHECK_THROWS_WITH(parse("auto", {{"SLURM_ARRAY_TASK_ID", "one"}}), Contains("not a number"));
  // Explicit numbers count, whatever the environment says.
  CHECK(parse("1/2", slurm(4, 1, 4, 4, 1)).name() == "1-of-2");
}
