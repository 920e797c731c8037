#include "folder_fixture.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace stylize::test {
namespace {

namespace fs = std::filesystem;

bool is_state(const std::string& id) { return id == ".stylize" || id.starts_with(".stylize/"); }

}  // namespace

Files files_below(const fs::path& folder) {
  Files files;
  if (!fs::exists(folder)) {
    return files;
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string id = entry.path().lexically_relative(folder).generic_string();
    if (entry.is_regular_file() && !is_state(id)) {
      files[id] = read_file(entry.path());
    }
  }
  return files;
}

std::vector<std::string> left_behind(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".stylize-") || name.starts_with("tmp")) {
      names.push_back(entry.path().string());
    }
  }
  return names;
}

JsonReport::JsonReport(const std::string& lines) {
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) {
    nlohmann::json object = nlohmann::json::parse(line);
    if (!summary.is_null()) {
      throw std::runtime_error("a line behind the summary: " + line);
    }
    if (object.contains("summary")) {
      summary = object["summary"];
    } else if (!entries.emplace(object.at("input"), object).second) {
      throw std::runtime_error("reported twice: " + line);
    }
  }
}

FolderFixture::FolderFixture() { fs::create_directory(dir.path() / "in"); }

void FolderFixture::picture(const std::string& name, int number, cv::Size size) const {
  cv::Mat drawn = colorful(size.width, size.height);
  // A small shift that no two numbers share.
  drawn += cv::Scalar(cv::Vec<int, 4>(number % 16, number / 16 % 16, number / 256, 0));
  const fs::path path = dir.path() / "in" / name;
  fs::create_directories(path.parent_path());
  // libvips would take brackets in a name for options.
  const std::string plain = dir / ("picture" + path.extension().string());
  save_picture(plain, drawn);
  fs::rename(plain, path);
}

void FolderFixture::file(const std::string& name, const std::string& content) const {
  const fs::path path = dir.path() / "in" / name;
  fs::create_directories(path.parent_path());
  write_file(path, content);
}

void FolderFixture::fill() const {
  int number = 0;
  for (const char* name : {"a.png", "b.jpg", "sub/a.png", "sub/deep/c [1].webp",
                           "with space/größe 猫.tif", "sub/deep/d.PNG"}) {
    picture(name, number++);
  }
  file("notes.txt", "not a picture");
  file(".hidden.png", "not looked at");
}

Finished FolderFixture::folder(const Arguments& arguments, RunSettings settings) const {
  return run_plain(command(arguments), std::move(settings));
}

Arguments FolderFixture::command(const Arguments& arguments) const {
  Arguments all{"folder", "in", "-o", "out", "--style", style};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

}  // namespace stylize::test
