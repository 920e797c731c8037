#include "stylize/pipeline/gallery.h"

#include <algorithm>
#include <span>
#include <utility>

#include "gallery_links.h"
#include "gallery_page.h"
#include "gallery_thumbnails.h"
#include "stylize/media/atomic_file.h"

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

}  // namespace

fs::path gallery_thumbnail_folder(const fs::path& page) {
  return page.parent_path() / (page.stem().string() + "_files");
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
