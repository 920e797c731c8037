#include <glib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/media/thumbnail.h"
#include "stylize/pipeline/gallery.h"
#include "temp_dir.h"

using namespace stylize;
using namespace stylize::test;
namespace fs = std::filesystem;

namespace {

// Decoded without our own reader.
cv::Mat decode_jpeg(const std::vector<std::byte>& bytes, const TempDir& dir) {
  const std::string file = dir / "decoded.jpg";
  write_file(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return load_pixels(file);
}

// Near what JPEG makes of it.
bool is_color(const cv::Mat& pixels, int x, int y, const cv::Vec3d& expected) {
  return cv::norm(cv::Vec3d(pixels.at<cv::Vec3b>(y, x)) - expected) < 12.0;
}

ErrorCode code_of_thumbnail(const std::string& path) {
  try {
    make_thumbnail(path, 8);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

// The text between the first `begin` and the `end` after it.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  REQUIRE(from != std::string::npos);
  const std::size_t first = from + begin.size();
  return text.substr(first, text.find(end, first) - first);
}

int occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// The data of a page, as a browser finds it: up to the first end of a script element.
nlohmann::json data_of(const std::string& page) {
  return nlohmann::json::parse(
      between(read_file(page), R"(<script type="application/json" id="data">)", "</script"));
}

GalleryEntry pair_of(const TempDir& dir, const std::string& name, int side = 40) {
  for (const std::string folder : {"in/", "out/"}) {
    fs::create_directories(fs::path(dir / (folder + name)).parent_path());
    save_picture(dir / "picture.jpg", colorful(side, side / 2));
    fs::rename(dir / "picture.jpg", dir / (folder + name));
  }
  return {.input = dir / ("in/" + name), .output = dir / ("out/" + name), .name = name};
}

GalleryThumbnails write(const std::string& page, const std::vector<GalleryEntry>& entries,
                        const GalleryOptions& options = {}) {
  return write_gallery(page, entries, {.title = "test"}, options, CancellationToken());
}

const GalleryOptions kFolder{.embedded_entries = 0};

std::set<std::string> files_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& file : fs::directory_iterator(folder)) {
    names.insert(file.path().filename().string());
  }
  return names;
}

}  // namespace

TEST_CASE("thumbnails fit their size, stand upright and are never enlarged", "[media]") {
  const TempDir dir;
  cv::Mat pixels(200, 300, CV_8UC3, cv::Scalar(20, 20, 20));
  pixels(cv::Rect(0, 0, 150, 200)).setTo(cv::Scalar(240, 30, 30));  // the left half is red
  save_picture(dir / "plain.jpg", pixels, "[Q=95]");
  vips::VImage tagged = open_picture(dir / "plain.jpg").copy();
  tagged.set("orientation", 6);  // shown turned right
  tagged.write_to_file((dir / "turned.jpg").c_str());

  CHECK(decode_jpeg(make_thumbnail(dir / "plain.jpg", 60), dir).size() == cv::Size(60, 40));
  CHECK(decode_jpeg(make_thumbnail(dir / "plain.jpg", 480), dir).size() == cv::Size(300, 200));
  const cv::Mat turned = decode_jpeg(make_thumbnail(dir / "turned.jpg", 60), dir);
  REQUIRE(turned.size() == cv::Size(40, 60));
  CHECK(is_color(turned, 20, 10, {240, 30, 30}));
  CHECK(is_color(turned, 20, 50, {20, 20, 20}));
  CHECK(exif_orientation(dir / "decoded.jpg") == 0);
}

TEST_CASE("thumbnails are sRGB whatever the picture is", "[media]") {
  const TempDir dir;
  const cv::Vec3d color(200, 60, 40);
  save_picture(dir / "srgb.png", cv::Mat(20, 20, CV_8UC3, cv::Scalar(color)));
  for (const std::string profile : {"p3", "cmyk"}) {
    const std::string file = dir / (profile + (profile == "cmyk" ? ".jpg" : ".png"));
    open_picture(dir / "srgb.png")
        .icc_transform(profile.c_str(), vips::VImage::option()->set("input_profile", "srgb"))
        .write_to_file(file.c_str());
    REQUIRE_FALSE((profile == "p3" && is_color(load_pixels(file), 5, 5, color)));
    const cv::Mat thumbnail = decode_jpeg(make_thumbnail(file, 10), dir);
    REQUIRE(thumbnail.type() == CV_8UC3);
    CHECK(is_color(thumbnail, 5, 5, color));
  }
  save_picture(dir / "deep.png", cv::Mat(20, 20, CV_16UC3, cv::Scalar(color * 257.0)));
  CHECK(is_color(decode_jpeg(make_thumbnail(dir / "deep.png", 10), dir), 5, 5, color));
  save_picture(dir / "clear.png", cv::Mat(20, 20, CV_8UC4, cv::Scalar(200, 60, 40, 0)));
  CHECK(is_color(decode_jpeg(make_thumbnail(dir / "clear.png", 10), dir), 5, 5, {255, 255, 255}));

  vips::VImage broken = open_picture(dir / "srgb.png").copy();
  const std::string garbage(600, 'x');
  vips_image_set_blob_copy(broken.get_image(), VIPS_META_ICC_NAME, garbage.data(), garbage.size());
  broken.write_to_file((dir / "broken.tif").c_str());
  CHECK(is_color(decode_jpeg(make_thumbnail(dir / "broken.tif", 10), dir), 5, 5, color));
}

TEST_CASE("of a cut off picture the thumbnail shows what there is", "[media]") {
  const TempDir dir;
  save_picture(dir / "whole.jpg", cv::Mat(400, 400, CV_8UC3, cv::Scalar(240, 30, 30)), "[Q=100]");
  const std::string bytes = read_file(dir / "whole.jpg");
  write_file(dir / "half.jpg", bytes.substr(0, bytes.size() / 2));
  const cv::Mat half = decode_jpeg(make_thumbnail(dir / "half.jpg", 40), dir);
  REQUIRE(half.size() == cv::Size(40, 40));
  CHECK(is_color(half, 20, 3, {240, 30, 30}));

  write_file(dir / "text.jpg", "no picture at all");
  CHECK(code_of_thumbnail(dir / "text.jpg") == ErrorCode::kInputUnsupported);
  CHECK(code_of_thumbnail(dir / "missing.jpg") == ErrorCode::kInputMissing);
  write_file(dir / "head.jpg", bytes.substr(0, 30));
  CHECK(code_of_thumbnail(dir / "head.jpg") == ErrorCode::kInputCorrupt);
}

TEST_CASE("a small gallery is one file with everything in it", "[pipeline]") {
  const TempDir dir;
  GalleryEntry entry = pair_of(dir, "b.jpg", 1000);
  entry.width = 1000;
  entry.height = 500;
  entry.faces = 2;
  entry.seconds = 1.23456;
  const GalleryEntry failed{.input = dir / "in/a.jpg",
                            .name = "a.jpg",
                            .status = JobStatus::kFailed,
                            .message = dir / "in/a.jpg" + ": is <broken>"};
  const GalleryThumbnails thumbnails = write(dir / "page.html", {entry, failed});
  CHECK(thumbnails.folder.empty());
  CHECK(thumbnails.made == 2);
  CHECK(thumbnails.missing == 1);
  CHECK(files_in(dir.path()) == std::set<std::string>{"in", "out", "page.html"});

  const nlohmann::json data = data_of(dir / "page.html");
  CHECK(data["title"] == "test");
  REQUIRE(data["entries"].size() == 2);  // by name
  CHECK(data["entries"][0] == nlohmann::json({{"name", "a.jpg"},
                                              {"status", "failed"},
                                              {"message", "is <broken>"},
                                              {"before", {{"link", "in/a.jpg"}}}}));
  const nlohmann::json& done = data["entries"][1];
  CHECK(done["status"] == "done");
  CHECK(done["width"] == 1000);
  CHECK(done["faces"] == 2);
  CHECK(done["seconds"] == 1.23);
  CHECK(done["after"]["link"] == "out/b.jpg");
  const std::string address = done["after"]["thumbnail"];
  const std::string prefix = "data:image/jpeg;base64,";
  REQUIRE(address.substr(0, prefix.size()) == prefix);
  gsize size = 0;
  guchar* bytes = g_base64_decode(address.c_str() + prefix.size(), &size);
  write_file(dir / "thumbnail.jpg", std::string(reinterpret_cast<char*>(bytes), size));
  g_free(bytes);
  CHECK(load_pixels(dir / "thumbnail.jpg").size() == cv::Size(480, 240));
}

TEST_CASE("base64 of every length", "[pipeline]") {
  const TempDir dir;
  std::set<std::size_t> paddings;
  for (int side = 20; side < 40; ++side) {
    write(dir / "page.html", {pair_of(dir, "a.jpg", side)});
    const std::string text = data_of(dir / "page.html")["entries"][0]["after"]["thumbnail"];
    const std::string encoded = text.substr(text.find(',') + 1);
    gsize size = 0;
    guchar* bytes = g_base64_decode(encoded.c_str(), &size);
    gchar* again = g_base64_encode(bytes, size);
    CHECK(encoded == again);
    paddings.insert(encoded.size() - encoded.find_last_not_of('='));
    g_free(again);
    g_free(bytes);
  }
  CHECK(paddings.size() == 3);
}

TEST_CASE("names of a gallery may hold anything", "[pipeline]") {
  const TempDir dir;
  const std::string name = "</script><!--\xe9 \"'&\n#?%25;{{script}}\xe2\x80\xa8\xe5\x86\x99.jpg";
  GalleryEntry entry = pair_of(dir, name);
  entry.message = "</SCRIPT>\\u003c<";
  write(dir / "page.html", {entry});
  const std::string page = read_file(dir / "page.html");
  CHECK(occurrences(page, "</script") == 2);
  CHECK(occurrences(page, "</SCRIPT") == 0);
  CHECK(occurrences(page, "<!--") == 0);
  const nlohmann::json data = data_of(dir / "page.html")["entries"][0];
  CHECK(data["name"] ==
        "</script><!--\xef\xbf\xbd \"'&\n#?%25;{{script}}\xe2\x80\xa8\xe5\x86\x99.jpg");
  CHECK(data["message"] == entry.message);
  CHECK(data["before"]["link"] ==
        "in/%3C/script%3E%3C%21--%E9%20%22%27%26%0A%23%3F%2525%3B%7B%7Bscript%7D%7D%E2%80%A8"
        "%E5%86%99.jpg");
  CHECK(data["before"].contains("thumbnail"));
}

TEST_CASE("a gallery's links lead from its own folder", "[pipeline]") {
  const TempDir dir;
  write(dir / "pages/deep/my page.html", {pair_of(dir, "a.jpg"), pair_of(dir, "b:c.jpg")}, kFolder);
  const nlohmann::json data = data_of(dir / "pages/deep/my page.html");
  CHECK(data["thumbnails"] == "my%20page_files/");
  CHECK(data["entries"][0]["before"]["link"] == "../../in/a.jpg");
  CHECK(data["entries"][1]["after"]["link"] == "../../out/b%3Ac.jpg");
  const std::string thumbnail = data["entries"][0]["after"]["thumbnail"];
  CHECK(fs::exists(gallery_thumbnail_folder(dir / "pages/deep/my page.html") / thumbnail));
}

TEST_CASE("the thumbnails of a large gallery are made once", "[pipeline]") {
  const TempDir dir;
  const std::string page = dir / "page.html";
  const std::vector<GalleryEntry> entries{pair_of(dir, "a.jpg"), pair_of(dir, "sub/b.jpg")};
  const GalleryThumbnails first = write(page, entries, kFolder);
  CHECK(first.folder == dir / "page_files");
  CHECK(first.made == 4);
  const std::set<std::string> names = files_in(first.folder);
  CHECK(names.size() == 4);
  const std::string text = read_file(page);

  const GalleryThumbnails second = write(page, {entries[1], entries[0]}, kFolder);
  CHECK(second.made == 0);
  CHECK(second.kept == 4);
  CHECK(read_file(page) == text);  // whichever was ready first

  // Another picture under the same name, older than its thumbnail.
  const auto time = fs::last_write_time(entries[0].output);
  save_picture(entries[0].output, cv::Mat(20, 40, CV_8UC3, cv::Scalar(1, 2, 3)));
  fs::last_write_time(entries[0].output, time - std::chrono::hours(24));
  write_file(first.folder / "of the user.jpg", "kept");
  const GalleryThumbnails third = write(page, entries, kFolder);
  CHECK(third.made == 1);
  CHECK(third.kept == 3);
  const std::set<std::string> now = files_in(first.folder);
  CHECK(now.size() == 5);  // the old one went
  CHECK(now.count("of the user.jpg") == 1);

  const std::string one = data_of(page)["entries"][0]["before"]["thumbnail"];
  write_file(first.folder / one, "");  // an empty one is none
  CHECK(write(page, entries, kFolder).made == 1);

  CHECK(write(page, entries).folder.empty());  // small again: the folder is given up
  CHECK(files_in(first.folder) == std::set<std::string>{"of the user.jpg"});
  fs::remove(first.folder / "of the user.jpg");
  write(page, entries, kFolder);
  write(page, entries);
  CHECK_FALSE(fs::exists(first.folder));
}

TEST_CASE("what cannot be shown has no thumbnail and is no error", "[pipeline]") {
  const TempDir dir;
  write_file(dir / "text.jpg", "no picture");
  REQUIRE(::mkfifo((dir / "pipe.jpg").c_str(), 0600) == 0);  // reading it would never end
  std::vector<GalleryEntry> entries;
  for (const std::string name : {"text.jpg", "pipe.jpg", "missing.jpg", "."}) {
    entries.push_back({.input = dir / name, .name = name});
  }
  entries.push_back({.name = "neither"});
  for (const GalleryOptions& options : {GalleryOptions{}, kFolder}) {
    const GalleryThumbnails thumbnails = write(dir / "page.html", entries, options);
    CHECK(thumbnails.made == 0);
    CHECK(thumbnails.missing == 4);
    const nlohmann::json data = data_of(dir / "page.html");
    CHECK(data["entries"].size() == 5);
    for (const auto& entry : data["entries"]) {
      CHECK(entry.value("/before/thumbnail"_json_pointer, "").empty());
    }
  }
}

TEST_CASE("a cancelled gallery keeps its thumbnails and makes no more", "[pipeline]") {
  const TempDir dir;
  const std::string page = dir / "page.html";
  std::vector<GalleryEntry> entries{pair_of(dir, "a.jpg"), pair_of(dir, "b.jpg")};
  write(page, entries, kFolder);
  entries[0] = pair_of(dir, "c.jpg");
  CancellationToken cancellation;
  cancellation.cancel();
  const GalleryThumbnails thumbnails = write_gallery(page, entries, {}, kFolder, cancellation);
  CHECK(thumbnails.made == 0);
  CHECK(thumbnails.kept == 2);
  CHECK(thumbnails.missing == 2);
  CHECK(files_in(thumbnails.folder).size() == 4);  // nothing is removed, either
  CHECK(data_of(page)["entries"].size() == 2);
}

TEST_CASE("a gallery says how far it is, one call at a time", "[pipeline]") {
  const TempDir dir;
  std::vector<GalleryEntry> entries(12);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i] = pair_of(dir, std::to_string(i) + ".jpg");
  }
  std::vector<std::size_t> calls;
  GalleryOptions options;
  options.threads = 4;
  options.memory = 1;  // one at a time
  options.on_thumbnail = [&calls](std::size_t finished, std::size_t all) {
    CHECK(all == 24);
    calls.push_back(finished);
  };
  CHECK(write(dir / "page.html", entries, options).made == 24);
  REQUIRE(calls.size() == 24);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    CHECK(calls[i] == i + 1);
  }
}

TEST_CASE("what keeps a gallery from being written is found before the run", "[pipeline]") {
  const TempDir dir;
  write_file(dir / "file", "in the way");
  write_file(dir / "large_files", "in the way");
  write_file(dir / "old.html", "an older page");
  REQUIRE(::mkfifo((dir / "pipe.html").c_str(), 0600) == 0);
  fs::create_directory(dir / "folder");
  const auto code_of = [&](const std::string& page, std::size_t entries = 0) {
    try {
      prepare_gallery(page.front() == '/' ? page : dir / page, entries, {.embedded_entries = 1});
    } catch (const Error& error) {
      CHECK_THAT(error.what(), Catch::Contains(page.substr(0, page.find_first_of("/.", 1))));
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  CHECK(code_of("new/pages/") == ErrorCode::kUsage);
  CHECK(code_of("folder") == ErrorCode::kUsage);
  CHECK(code_of("folder/.") == ErrorCode::kUsage);
  CHECK(code_of("pipe.html") == ErrorCode::kUsage);
  CHECK_FALSE(fs::exists(dir / "new"));
  CHECK(code_of("file/page.html") == ErrorCode::kOutputUnwritable);
  CHECK(code_of("/proc/none/page.html") == ErrorCode::kOutputUnwritable);
  CHECK(code_of(std::string(300, 'x') + ".html") == ErrorCode::kOutputUnwritable);
  CHECK(code_of("large.html", 2) == ErrorCode::kOutputUnwritable);
  CHECK(code_of("large.html", 1) == ErrorCode::kInternal);  // needs no folder of thumbnails
  const std::set<std::string> before = files_in(dir.path());

  prepare_gallery(dir / "new/pages/page.html", 2, {.embedded_entries = 1});
  CHECK(files_in(dir / "new/pages").empty());
  prepare_gallery(dir / "old.html", 2, {.embedded_entries = 1});
  CHECK(read_file(dir / "old.html") == "an older page");
  CHECK(files_in(dir.path()).size() == before.size() + 1);
}

TEST_CASE("statuses have the names of reports in a gallery", "[pipeline]") {
  const TempDir dir;
  std::vector<GalleryEntry> entries;
  for (const JobStatus status :
       {JobStatus::kDone, JobStatus::kSkipped, JobStatus::kCopied, JobStatus::kFailed}) {
    entries.push_back({.name = std::to_string(entries.size()), .status = status});
  }
  write(dir / "page.html", entries);
  const nlohmann::json data = data_of(dir / "page.html");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CHECK(data["entries"][i]["status"] == job_status_name(entries[i].status));
  }
}

TEST_CASE("a gallery that cannot be written is an error", "[pipeline]") {
  const TempDir dir;
  write_file(dir / "file", "in the way");
  write_file(dir / "page_files", "in the way");
  const std::vector<GalleryEntry> entries{pair_of(dir, "a.jpg")};
  const auto code_of = [&](const std::string& page) {
    try {
      write(dir / page, entries, kFolder);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  CHECK(code_of("file/page.html") == ErrorCode::kOutputUnwritable);
  CHECK(code_of("page.html") == ErrorCode::kOutputUnwritable);
  CHECK_FALSE(fs::exists(dir / "page.html"));
}
