// Makes a folder as a run over pictures leaves it, with its gallery, for the browser test.
// usage: gallery_fixture FOLDER [ENTRIES [SIDE]]
//
// Prints what the page has to show as JSON.
#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pictures.h"
#include "stylize/pipeline/gallery.h"
#include "temp_dir.h"

using namespace stylize;
namespace fs = std::filesystem;

namespace {

// Names as only a test or an enemy gives them. The first one ends a script element.
const std::array<std::string, 11> kNames{
    "</script><script>document.title='hacked'</script>.jpg",
    "<img src=x onerror=\"document.title='hacked'\">.jpg",
    "a 'single' and a \"double\" quote & more.jpg",
    "100%25 #1?query;{{script}}.jpg",
    "javascript:alert(1).jpg",
    "two\nlines\tand a tab.jpg",
    "caf\xe9 in Latin-1.jpg",
    "\xe2\x80\xaegnp.exe \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.jpg",
    "\xf0\x9f\x8c\xb8 \xe6\xa1\x9c\xe3\x81\xae\xe5\x86\x99\xe7\x9c\x9f.jpg",
    "back\\slash\\n.jpg",
    "Ma\xcc\x88rchen de\xcc\x81"
    "compose\xcc\x81.jpg",
};

// Further entries share the pictures of a few, or 10,000 thumbnails would be made.
constexpr std::size_t kOwnPictures = 240;

struct Base {
  fs::path before;
  fs::path after;
  cv::Size size;
};

// A few pictures, which links give many names.
std::vector<Base> make_bases(const fs::path& folder, int side) {
  fs::create_directories(folder);
  std::vector<Base> bases;
  for (const cv::Size size :
       {cv::Size(side, side * 2 / 3), cv::Size(side * 3 / 4, side), cv::Size(side, side)}) {
    const std::string stem = (folder / std::to_string(bases.size())).string();
    bases.push_back({stem + "-before.jpg", stem + "-after.jpg", size});
    if (fs::exists(bases.back().after)) {
      continue;
    }
    const cv::Mat picture = test::colorful(size.width, size.height);
    test::save_picture(stem + "-before.jpg", picture);
    test::save_picture(stem + "-after.jpg", cv::Scalar::all(255) - picture);
  }
  return bases;
}

void put(const fs::path& file, const fs::path& name) {
  fs::create_directories(name.parent_path());
  if (!fs::exists(name)) {  // as in a run that goes on
    fs::create_hard_link(file, name);
  }
}

std::string name_of(std::size_t index) {
  if (index < kNames.size()) {
    return kNames[index];
  }
  std::string number = std::to_string(index);
  number.insert(0, 5 - std::min<std::size_t>(5, number.size()), '0');
  return "set " + std::to_string(index / 100) + "/picture " + number + ".jpg";
}

class Fixture {
 public:
  Fixture(const fs::path& folder, int side)
      : photos_(folder / "photos"),
        drawn_(folder / "photos.cel"),
        bases_(make_bases(folder / "bases", side)) {}

  GalleryEntry entry(std::size_t index) {
    constexpr std::size_t kCycle = 40;
    const Base& base = bases_[index % bases_.size()];
    GalleryEntry entry{.input = photos_ / name_of(index),
                       .output = drawn_ / name_of(index),
                       .name = name_of(index),
                       .width = base.size.width,
                       .height = base.size.height,
                       .faces = static_cast<int>(index % 3),
                       .seconds = 0.4 + 0.01 * static_cast<double>(index % 17)};
    switch (index % kCycle) {
      case 12: return copied(entry, base);
      case 13: return failed(entry);
      case 14: return skipped(entry, base);
      default: break;
    }
    if (index >= kOwnPictures) {
      entry.input = base.before;
      entry.output = base.after;
      return entry;
    }
    put(base.before, entry.input);
    put(base.after, entry.output);
    return entry;
  }

 private:
  static GalleryEntry copied(GalleryEntry entry, const Base& base) {
    entry.status = JobStatus::kCopied;
    entry.message = "no face was found";
    entry.faces = 0;
    put(base.before, entry.input);
    put(base.before, entry.output);
    return entry;
  }

  static GalleryEntry failed(const GalleryEntry& entry) {
    fs::create_directories(entry.input.parent_path());
    test::write_file(entry.input, "\xff\xd8\xff no picture");
    return {.input = entry.input,
            .name = entry.name,
            .status = JobStatus::kFailed,
            .message = entry.input.string() +
                       ": cannot read image: the file is damaged or incomplete: <b>premature</b> "
                       "end of JPEG (copy or download it again)"};
  }

  static GalleryEntry skipped(const GalleryEntry& entry, const Base& base) {
    put(base.before, entry.input);
    return {.input = entry.input,
            .name = entry.name,
            .status = JobStatus::kSkipped,
            .message = "no face was found"};
  }

  fs::path photos_;
  fs::path drawn_;
  std::vector<Base> bases_;
};

// `arguments` as in the usage above.
void write_fixture(const std::vector<std::string>& arguments) {
  const fs::path folder = arguments.at(0);
  const std::size_t count = arguments.size() > 1 ? std::stoul(arguments[1]) : 60;
  Fixture fixture(folder, arguments.size() > 2 ? std::stoi(arguments[2]) : 600);
  std::vector<GalleryEntry> entries;
  nlohmann::json expected = {{"page", (folder / "gallery.html").string()},
                             {"entries", count},
                             {"done", 0},
                             {"copied", 0},
                             {"skipped", 0},
                             {"failed", 0},
                             {"faces", 0}};
  for (std::size_t i = 0; i < count; ++i) {
    entries.push_back(fixture.entry(i));
    constexpr std::array kStatuses{"done", "skipped", "copied", "failed"};
    auto& number = expected[kStatuses[static_cast<std::size_t>(entries.back().status)]];
    number = number.get<int>() + 1;
    expected["faces"] = expected["faces"].get<int>() + (entries.back().faces > 0 ? 1 : 0);
  }
  const GalleryFacts facts{.title = "photos </script> & cel",
                           .style = "cel",
                           .device = "cpu",
                           .program = "stylize",
                           .seconds = 75.0,
                           .interrupted = count % 2 == 1};
  const auto begun = std::chrono::steady_clock::now();
  const GalleryThumbnails thumbnails =
      write_gallery(folder / "gallery.html", entries, facts, {}, CancellationToken());
  expected["seconds"] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  expected["thumbnails"] = {{"made", thumbnails.made},
                            {"kept", thumbnails.kept},
                            {"missing", thumbnails.missing},
                            {"folder", thumbnails.folder.string()}};
  std::cout << expected << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  try {
    write_fixture({argv + 1, argv + argc});
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
