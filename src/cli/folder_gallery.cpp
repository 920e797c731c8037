#include "folder_gallery.h"

#include <spdlog/fmt/fmt.h>

#include <system_error>

#include "stylize/core/log.h"

namespace stylize::cli {

void FolderGallery::add(const JobResult& result) {
  if (page_.empty() || result.job.copy) {
    return;
  }
  GalleryEntry entry;
  entry.input = result.job.input;
  std::error_code ignored;
  // A picture that was skipped may have an output of an earlier run.
  if (std::filesystem::is_regular_file(result.job.output, ignored)) {
    entry.output = result.job.output;
  }
  entry.name = result.job.id.empty() ? result.job.input_name() : result.job.id;
  entry.status = result.status;
  entry.message = result.failure ? result.failure->message : result.note;
  entry.width = result.width;
  entry.height = result.height;
  entry.faces = static_cast<int>(result.faces.size());
  const JobTimes& times = result.times;
  entry.seconds = (times.load + times.detect + times.infer + times.save) / 1000.0;
  entries_.push_back(std::move(entry));
}

void FolderGallery::write(const RunFacts& facts, const std::string& title,
                          const BatchSummary& summary, double seconds,
                          const CancellationToken& cancellation) const {
  if (page_.empty()) {
    return;
  }
  const GalleryThumbnails thumbnails = write_gallery(page_, entries_,
                                                     {.title = title,
                                                      .style = facts.style,
                                                      .device = facts.device,
                                                      .program = "stylize " STYLIZE_VERSION,
                                                      .seconds = seconds,
                                                      .interrupted = summary.interrupted},
                                                     {}, cancellation);
  log_info(thumbnails.folder.empty()
               ? fmt::format("gallery: {}", page_)
               : fmt::format("gallery: {}, with {}/", page_, thumbnails.folder.string()));
}

}  // namespace stylize::cli
