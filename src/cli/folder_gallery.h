// The page of a folder run.
#pragma once

#include <string>
#include <vector>

#include "report_writer.h"
#include "stylize/core/cancellation.h"
#include "stylize/pipeline/gallery.h"

namespace stylize::cli {

// Collects what a run made, and writes it as a page in the end.
class FolderGallery {
 public:
  // An empty `page` means that none is wanted.
  explicit FolderGallery(std::string page) : page_(std::move(page)) {}

  void add(const JobResult& result);

  // Throws Error kOutputUnwritable, kDiskFull.
  void write(const RunFacts& facts, const std::string& title, const BatchSummary& summary,
             double seconds, const CancellationToken& cancellation) const;

 private:
  std::string page_;
  std::vector<GalleryEntry> entries_;
};

}  // namespace stylize::cli
