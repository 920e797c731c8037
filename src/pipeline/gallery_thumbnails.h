// Small versions of the pictures that a gallery shows.
#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "stylize/core/cancellation.h"
#include "stylize/core/memory_budget.h"
#include "stylize/pipeline/gallery.h"

namespace stylize {

// What the folder for such files is called behind the page's name.
inline constexpr std::string_view kThumbnailFolderEnding = "_files";

// Makes thumbnails on several threads, either as part of the page or as files in a folder beside
// it. The name of such a file says what picture it shows in which state, so that an unchanged
// picture's is known without a look into it.
class ThumbnailMaker {
 public:
  // `folder` is empty for thumbnails in the page. Throws Error kOutputUnwritable when it cannot be
  // made.
  ThumbnailMaker(const std::filesystem::path& page, const std::filesystem::path& folder,
                 const GalleryOptions& options);

  // The addresses of the thumbnails of `pictures`, in their order: of files, the name in the
  // folder. Empty where there is none: for an empty path, an unreadable picture, or after
  // `cancellation`. Throws Error kOutputUnwritable or kDiskFull.
  std::vector<std::string> make(const std::vector<std::filesystem::path>& pictures,
                                const CancellationToken& cancellation);

  [[nodiscard]] const GalleryThumbnails& counts() const { return counts_; }

 private:
  std::string make_one(const std::filesystem::path& picture, const CancellationToken& cancellation);
  std::vector<std::byte> shrink(const std::filesystem::path& picture);
  [[nodiscard]] std::string file_name(const std::filesystem::path& picture) const;
  void count(std::size_t GalleryThumbnails::*kind);

  std::filesystem::path page_folder_;
  const GalleryOptions* options_;
  MemoryBudget budget_;
  std::mutex mutex_;
  GalleryThumbnails counts_;
  std::size_t finished_ = 0;
  std::size_t all_ = 0;
};

// Whether `path` is named as such a file, in a folder named as theirs. Touches nothing.
bool is_gallery_thumbnail(const std::filesystem::path& path);

// Removes thumbnails that are not among `kept` (names), and the folder if that leaves it empty.
// Touches no file of any other kind.
void remove_old_thumbnails(const std::filesystem::path& folder,
                           const std::vector<std::string>& kept);

}  // namespace stylize
