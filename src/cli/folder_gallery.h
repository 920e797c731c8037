// The page of a folder run.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "report_writer.h"
#include "stylize/core/cancellation.h"
#include "stylize/pipeline/gallery.h"

namespace stylize::cli {

// What a run writes besides its results, and must not take for inputs; see PathFilter. The names
// are those of the options, of which a shard ("2-of-4", or empty) makes its own.
std::vector<std::filesystem::path> by_products(const std::string& report, const std::string& page,
                                               const std::string& shard);

// Collects what a run made, and writes it as a page in the end.
class FolderGallery {
 public:
  // An empty `page` means that none is wanted.
  // `threads` make thumbnails; 0: as many as this process may run at once.
  explicit FolderGallery(std::string page, int threads = 0) : page_(std::move(page)) {
    options_.threads = threads;
  }

  // To be called before the run, of which up to `results` will be added: makes the page's folder.
  // Throws Error kUsage or kOutputUnwritable when the page could not be written.
  void prepare(std::size_t results) const;

  void add(const JobResult& result);

  // Returns whether the page is there and whole, as it is where none is wanted. Otherwise says why:
  // what the run made is worth no less without a page.
  bool write(const RunFacts& facts, const std::string& title, const BatchSummary& summary,
             double seconds, const CancellationToken& cancellation) const;

 private:
  std::string page_;
  GalleryOptions options_;
  std::vector<GalleryEntry> entries_;
};

}  // namespace stylize::cli
