#include "stylize/pipeline/gallery.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "gallery_links.h"
#include "gallery_page.h"
#include "gallery_thumbnails.h"
#include "stylize/core/error.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/make_folder.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

// By name, so that the page does not depend on which picture was ready first.
std::vector<const GalleryEntry*> by_name(const std::vector<GalleryEntry>& entries) {
  std::vector<const GalleryEntry*> sorted;
  sorted.reserve(entries.size());
  for (const GalleryEntry& entry : entries) {
    sorted.push_back(&entry);
  }
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const GalleryEntry* left, const GalleryEntry* right) { return left->name < right->name; });
  return sorted;
}

// Before and after of each entry in turn.
std::vector<fs::path> pictures_of(const std::vector<const GalleryEntry*>& entries) {
  std::vector<fs::path> pictures;
  pictures.reserve(2 * entries.size());
  for (const GalleryEntry* entry : entries) {
    pictures.push_back(entry->input);
    pictures.push_back(entry->output);
  }
  return pictures;
}

std::vector<GalleryItem> make_items(const std::vector<const GalleryEntry*>& entries,
                                    const fs::path& page_folder,
                                    const std::vector<std::string>& thumbnails) {
  const auto link = [&page_folder](const fs::path& picture) {
    return picture.empty() ? std::string() : link_to(picture, page_folder);
  };
  std::vector<GalleryItem> items;
  items.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    items.push_back({.entry = entries[i],
                     .before = link(entries[i]->input),
                     .after = link(entries[i]->output),
                     .before_thumbnail = thumbnails[2 * i],
                     .after_thumbnail = thumbnails[2 * i + 1]});
  }
  return items;
}

// For one of the name of `file`, which need not be there.
void check_takes_files(const fs::path& folder, const fs::path& file) {
  struct stat status {};
  int error = ::access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
  if (error == 0 && ::stat(file.c_str(), &status) != 0 && errno != ENOENT) {
    error = errno;  // such as for a name that is too long
  }
  if (error != 0) {
    throw Error(ErrorCode::kOutputUnwritable, file.string(),
                "cannot write: " + std::generic_category().message(error),
                "choose another place for the gallery");
  }
}

}  // namespace

fs::path gallery_thumbnail_folder(const fs::path& page) {
  return page.parent_path() / (page.stem().string() + std::string(kThumbnailFolderEnding));
}

void prepare_gallery(const fs::path& page, std::size_t entries, const GalleryOptions& options) {
  std::error_code ignored;
  const fs::file_status status = fs::status(page, ignored);
  if (!page.has_filename() || (fs::exists(status) && !fs::is_regular_file(status))) {
    throw Error(ErrorCode::kUsage, page.string(), "is no name for a page",
                "name a file that ends in .html");
  }
  const fs::path folder = fs::absolute(page).parent_path();
  make_folder(folder, {});
  check_takes_files(folder, page);
  const fs::path thumbnails = gallery_thumbnail_folder(page);
  if (entries > options.embedded_entries && fs::exists(fs::symlink_status(thumbnails, ignored))) {
    make_folder(thumbnails, {});  // says so when it is no folder
    check_takes_files(thumbnails, thumbnails);
  }
}

GalleryThumbnails write_gallery(const fs::path& page, const std::vector<GalleryEntry>& entries,
                                const GalleryFacts& facts, const GalleryOptions& options,
                                const CancellationToken& cancellation) {
  const fs::path page_folder = fs::absolute(page).parent_path();
  const fs::path thumbnail_folder = gallery_thumbnail_folder(page);
  const bool embedded = entries.size() <= options.embedded_entries;
  const std::vector<const GalleryEntry*> sorted = by_name(entries);
  ThumbnailMaker maker(page, embedded ? fs::path() : thumbnail_folder, options);
  const std::vector<std::string> thumbnails = maker.make(pictures_of(sorted), cancellation);
  const std::string text =
      gallery_page(make_items(sorted, page_folder, thumbnails), facts,
                   embedded ? std::string() : link_to(thumbnail_folder, page_folder) + "/");
  write_file_atomically(page, std::as_bytes(std::span(text)), Overwrite::kYes,
                        options.temporary_folder);
  // Not before the new page is there; and an unfinished one may lack what the next run keeps.
  if (!cancellation.cancelled()) {
    remove_old_thumbnails(thumbnail_folder, embedded ? std::vector<std::string>() : thumbnails);
  }
  return maker.counts();
}

}  // namespace stylize
