#include "folder_gallery.h"

#include <spdlog/fmt/fmt.h>

#include <exception>
#include <system_error>

#include "merge_reports.h"
#include "stylize/core/log.h"

namespace stylize::cli {

std::vector<std::filesystem::path> by_products(const std::string& report, const std::string& page,
                                               const std::string& shard) {
  std::vector<std::filesystem::path> paths;
  const auto add = [&](const std::string& file) {
    if (!file.empty()) {
      paths.emplace_back(file);
      paths.emplace_back(shard.empty() ? file : shard_report_name(file, shard));
    }
  };
  add(page);
  for (std::size_t pages = paths.size(), i = 0; i < pages; ++i) {
    paths.push_back(gallery_thumbnail_folder(paths[i]));
  }
  add(report);
  return paths;
}

void FolderGallery::prepare(std::size_t results) const {
  if (!page_.empty()) {
    prepare_gallery(page_, results, options_);
  }
}

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

bool FolderGallery::write(const RunFacts& facts, const std::string& title,
                          const BatchSummary& summary, double seconds,
                          const CancellationToken& cancellation) const {
  if (page_.empty()) {
    return true;
  }
  const GalleryFacts page_facts{.title = title,
                                .style = facts.style,
                                .device = facts.device,
                                .program = "stylize " STYLIZE_VERSION,
                                .seconds = seconds,
                                .interrupted = summary.interrupted};
  try {
    const GalleryThumbnails thumbnails =
        write_gallery(page_, entries_, page_facts, options_, cancellation);
    log_info(thumbnails.folder.empty()
                 ? fmt::format("gallery: {}", page_)
                 : fmt::format("gallery: {}, with {}/", page_, thumbnails.folder.string()));
  } catch (const std::exception& failure) {
    log_error(fmt::format("no gallery: {}", failure.what()));
    return false;
  }
  if (cancellation.cancelled()) {
    log_warning("the gallery was interrupted: it may lack thumbnails");
    return false;
  }
  return true;
}

}  // namespace stylize::cli
