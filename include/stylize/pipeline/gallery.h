// One page that shows a run over many pictures: each before and after, in a browser, from disk.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "stylize/core/cancellation.h"
#include "stylize/pipeline/batch_runner.h"

namespace stylize {

struct GalleryEntry {
  std::filesystem::path input = {};   // empty: there is none to show
  std::filesystem::path output = {};  // empty: none was made
  std::string name = {};              // shown and searched; any bytes, "/" between folders
  JobStatus status = JobStatus::kDone;
  std::string message = {};  // why it failed, was copied or skipped
  int width = 0;             // of the output, in pixels; 0: unknown
  int height = 0;
  int faces = 0;         // that were styled
  double seconds = 0.0;  // 0: unknown
};

// What is said at the top of the page; nothing about what is empty or 0.
struct GalleryFacts {
  std::string title = {};
  std::string style = {};
  std::string device = {};
  std::string program = {};  // name and version
  double seconds = 0.0;
  bool interrupted = false;
};

struct GalleryOptions {
  std::size_t embedded_entries = 200;  // up to which thumbnails are part of the page
  int threads = 0;  // that make thumbnails, 16 at most; 0: as many as this process may run at once
  // Bytes of decoded pictures in flight at most; one larger picture is let through alone. 0: a part
  // of what is free.
  std::size_t memory = 0;
  std::filesystem::path temporary_folder = {};  // for unfinished files; see write_file_atomically
  // After each thumbnail, one call at a time, on any of the threads.
  std::function<void(std::size_t finished, std::size_t all)> on_thumbnail = {};
};

// What became of the thumbnails, of which an entry has up to two.
struct GalleryThumbnails {
  std::filesystem::path folder;  // empty: they are part of the page
  std::size_t made = 0;
  std::size_t kept = 0;     // of an earlier run
  std::size_t missing = 0;  // pictures that cannot be shown; the page says so
};

// The folder beside `page` for the thumbnails of large runs: "run_files" for "run.html".
std::filesystem::path gallery_thumbnail_folder(const std::filesystem::path& page);

// Finds before a long run what would keep write_gallery from writing `page` with up to `entries`
// entries after it. Makes the page's folder, and leaves the page and all else as it is. Throws
// Error kUsage when `page` names a folder, kOutputUnwritable.
void prepare_gallery(const std::filesystem::path& page, std::size_t entries,
                     const GalleryOptions& options);

// Writes `page`, an HTML file that needs no server and nothing from elsewhere, with the entries by
// name. It links to the pictures by relative paths, so it can be moved together with them. The
// thumbnails of more than `embedded_entries` go into gallery_thumbnail_folder(); those whose
// picture is unchanged are kept, those that no entry has any more are removed. Makes missing
// folders, replaces an old page. Once `cancellation` is set no more thumbnails are made, and the
// page does without them.
// Throws Error kOutputUnwritable or kDiskFull; a picture that cannot be read is no error. Not for
// use from two threads on one page.
GalleryThumbnails write_gallery(const std::filesystem::path& page,
                                const std::vector<GalleryEntry>& entries, const GalleryFacts& facts,
                                const GalleryOptions& options,
                                const CancellationToken& cancellation);

}  // namespace stylize
