// What tests of `stylize folder` start from.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli_fixture.h"

namespace stylize::test {

using Files = std::map<std::string, std::string>;  // content by path in a tree

// Every file below a folder but the state of runs; empty where there is none.
Files files_below(const std::filesystem::path& folder);

// Files of runs that are still there although no run is: unfinished ones and folders for them.
std::vector<std::string> left_behind(const std::filesystem::path& folder);

// The objects of JSON lines: by input, and of the last line. Fails the test for other text.
struct JsonReport {
  std::map<std::string, nlohmann::json> entries;
  nlohmann::json summary;
  explicit JsonReport(const std::string& lines);
};

// A folder `in` to be filled, and the exactly invertible style negative.pt.
struct FolderFixture : CliFixture {
  FolderFixture();

  // A picture of its own for every `number`; the name's ending decides the format.
  void picture(const std::string& name, int number = 0, cv::Size size = {16, 12}) const;
  void file(const std::string& name, const std::string& content) const;

  // A small tree of pictures in several formats, and notes.txt.
  void fill() const;

  // `stylize folder in -o out` with the style and these arguments behind.
  [[nodiscard]] Finished folder(const Arguments& arguments = {}, RunSettings settings = {}) const;
  [[nodiscard]] Arguments command(const Arguments& arguments = {}) const;

  [[nodiscard]] Files in() const { return files_below(dir.path() / "in"); }
  [[nodiscard]] Files out() const { return files_below(dir.path() / "out"); }
};

}  // namespace stylize::test
