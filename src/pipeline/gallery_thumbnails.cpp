#include "gallery_thumbnails.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdint>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <thread>

#include "gallery_links.h"
#include "stylize/core/error.h"
#include "stylize/core/first_failure.h"
#include "stylize/core/log.h"
#include "stylize/core/memory_info.h"
#include "stylize/infer/system_info.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/image_probe.h"
#include "stylize/media/make_folder.h"
#include "stylize/media/thumbnail.h"
#include "stylize/style/file_hash.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr int kLongSide = 480;  // sharp on a card, two screen pixels for one
constexpr std::string_view kPrefix = "t-";
constexpr std::string_view kEnding = ".jpg";
constexpr std::size_t kDigits = 24;  // of the hash

int thread_count(const GalleryOptions& options, std::size_t pictures) {
  constexpr int kMost = 16;
  const int wanted = options.threads > 0 ? options.threads : usable_cores();
  return std::clamp(wanted, 1, std::clamp(static_cast<int>(pictures), 1, kMost));
}

std::size_t memory_bound(const GalleryOptions& options) {
  constexpr std::size_t kMost = std::size_t{1} << 30U;
  constexpr std::size_t kPart = 4;
  if (options.memory > 0) {
    return options.memory;
  }
  const std::size_t available = available_memory();
  return available == 0 ? kMost : std::min(kMost, available / kPart);
}

// Calls task(0) to task(count - 1), each once. Rethrows the first exception after all threads
// ended; what was not begun then is left out.
template <typename Task>
void run_on_threads(std::size_t count, int threads, const Task& task) {
  std::atomic<std::size_t> next{0};
  FirstFailure failure;
  const auto work = [&] {
    for (std::size_t index = next++; index < count; index = next++) {
      if (!failure.guard([&] { task(index); })) {
        next = count;
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) {
      others.emplace_back(work);
    }
    work();
  }
  failure.rethrow();
}

bool is_thumbnail_name(std::string_view name) {
  if (name.size() != kPrefix.size() + kDigits + kEnding.size() ||
      name.substr(0, kPrefix.size()) != kPrefix ||
      name.substr(name.size() - kEnding.size()) != kEnding) {
    return false;
  }
  const std::string_view digits = name.substr(kPrefix.size(), kDigits);
  return std::all_of(digits.begin(), digits.end(),
                     [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace

ThumbnailMaker::ThumbnailMaker(const fs::path& page, const fs::path& folder,
                               const GalleryOptions& options)
    : page_folder_(fs::absolute(page).parent_path()),
      options_(&options),
      budget_(memory_bound(options)) {
  make_folder(page_folder_, {});
  if (!folder.empty()) {
    make_folder(folder, {});
  }
  counts_.folder = folder;
}

std::vector<std::string> ThumbnailMaker::make(const std::vector<fs::path>& pictures,
                                              const CancellationToken& cancellation) {
  all_ = static_cast<std::size_t>(std::count_if(
      pictures.begin(), pictures.end(), [](const fs::path& picture) { return !picture.empty(); }));
  std::vector<std::string> addresses(pictures.size());
  run_on_threads(pictures.size(), thread_count(*options_, pictures.size()), [&](std::size_t index) {
    if (!pictures[index].empty()) {
      addresses[index] = make_one(pictures[index], cancellation);
    }
  });
  return addresses;
}

std::string ThumbnailMaker::make_one(const fs::path& picture,
                                     const CancellationToken& cancellation) {
  const std::string name = counts_.folder.empty() ? std::string() : file_name(picture);
  const fs::path file = counts_.folder / name;
  std::error_code error;
  if (!name.empty() && fs::file_size(file, error) > 0 && !error) {
    count(&GalleryThumbnails::kept);
    return name;
  }
  const std::vector<std::byte> bytes =
      cancellation.cancelled() ? std::vector<std::byte>() : shrink(picture);
  if (bytes.empty()) {
    count(&GalleryThumbnails::missing);
    return {};
  }
  if (!name.empty()) {
    write_file_atomically(file, bytes, Overwrite::kYes, options_->temporary_folder);
  }
  count(&GalleryThumbnails::made);
  return name.empty() ? jpeg_data_address(bytes) : name;
}

// Nothing for what cannot be shown.
std::vector<std::byte> ThumbnailMaker::shrink(const fs::path& picture) {
  std::error_code ignored;
  if (!fs::is_regular_file(picture, ignored)) {  // reading from a pipe may never end
    return {};
  }
  const std::optional<ImageProbe> probe = probe_image(picture);
  if (!probe) {
    return {};
  }
  const MemoryBudget::Share memory = budget_.take(probe->decoded_bytes);
  try {
    return make_thumbnail(picture, kLongSide);
  } catch (const Error& failure) {
    log_debug(std::string("no thumbnail: ") + failure.what());
  } catch (const std::bad_alloc&) {
    log_debug("no thumbnail: " + picture.string() + ": not enough memory");
  }
  return {};
}

// Empty when there is no such picture.
std::string ThumbnailMaker::file_name(const fs::path& picture) const {
  struct stat status {};
  if (::stat(picture.c_str(), &status) != 0) {
    return {};
  }
  std::string state = link_to(picture, page_folder_);
  for (const auto number : {std::int64_t{status.st_size}, std::int64_t{status.st_mtim.tv_sec},
                            std::int64_t{status.st_mtim.tv_nsec}, std::int64_t{kLongSide}}) {
    state += '|' + std::to_string(number);
  }
  const std::string hash =
      sha256_of_bytes(std::span(reinterpret_cast<const std::uint8_t*>(state.data()), state.size()));
  return std::string(kPrefix) + hash.substr(0, kDigits) + std::string(kEnding);
}

void ThumbnailMaker::count(std::size_t GalleryThumbnails::*kind) {
  const std::lock_guard lock(mutex_);
  ++(counts_.*kind);
  ++finished_;
  if (options_->on_thumbnail) {
    options_->on_thumbnail(finished_, all_);
  }
}

bool is_gallery_thumbnail(const fs::path& path) {
  return path.parent_path().filename().string().ends_with(kThumbnailFolderEnding) &&
         is_thumbnail_name(path.filename().string());
}

void remove_old_thumbnails(const fs::path& folder, const std::vector<std::string>& kept) {
  const std::set<std::string_view> names(kept.begin(), kept.end());
  std::vector<fs::path> old;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    const std::string name = file->path().filename().string();
    if (is_thumbnail_name(name) && !names.contains(name)) {
      old.push_back(file->path());
    }
  }
  for (const fs::path& file : old) {
    fs::remove(file, error);
  }
  if (!old.empty()) {
    ::rmdir(folder.c_str());  // fails, as it should, while anything is in it
  }
}

}  // namespace stylize
