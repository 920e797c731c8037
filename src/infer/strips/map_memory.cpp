#include "map_memory.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/Allocator.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include "spill_file.h"

namespace stylize::strips {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = 2U << 20U;
constexpr std::size_t kMostKept = 256U << 20U;

std::size_t whole_pages(std::size_t bytes) {
  const std::size_t page = bytes < kHugePage ? kPage : kHugePage;
  return (bytes + page - 1) / page * page;
}

struct Piece {
  void* data;
  std::size_t bytes;
  bool is_in_file;
};

// For what measures how much memory tensors take.
void report(const Piece& piece, bool is_taken) {
  const auto size = static_cast<std::int64_t>(piece.bytes);
  c10::reportMemoryUsageToProfiler(piece.data, is_taken ? size : -size, 0, 0,
                                   c10::Device(c10::kCPU));
}

}  // namespace

class MapMemory::Pages {
 public:
  Pages() = default;
  ~Pages() { release_down_to(0); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  void limit(std::size_t most, const std::filesystem::path& folder) {
    const std::lock_guard lock(mutex_);
    most_ = most;
    folder_ = folder;
  }

  // At least so many bytes.
  Piece take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto fitting = free_.lower_bound(bytes);
    if (fitting != free_.end() && fitting->first <= 2 * bytes) {
      const Piece piece{fitting->second, fitting->first, false};
      kept_ -= piece.bytes;
      held_ += piece.bytes;
      free_.erase(fitting);
      report(piece, true);
      return piece;
    }
    return has_room(bytes) ? map_memory(bytes) : map_file(bytes);
  }

  void give_back(const Piece& piece) {
    const std::lock_guard lock(mutex_);
    if (piece.is_in_file) {
      munmap(piece.data, piece.bytes);
      files_.erase(piece.data);
      in_files_ -= piece.bytes;
      return;
    }
    free_.emplace(piece.bytes, piece.data);
    kept_ += piece.bytes;
    held_ -= piece.bytes;
    report(piece, false);
    release_down_to(kMostKept);
  }

  void let_go() {
    const std::lock_guard lock(mutex_);
    for (const auto& [data, bytes] : files_) {
      madvise(data, bytes, MADV_DONTNEED);  // of a shared file: nothing is lost
    }
  }

  std::size_t take_most_in_files() {
    const std::lock_guard lock(mutex_);
    return std::exchange(most_in_files_, in_files_);
  }

 private:
  bool has_room(std::size_t bytes) {
    if (held_ + kept_ + bytes > most_) {
      release_down_to(most_ > held_ + bytes ? most_ - held_ - bytes : 0);
    }
    return held_ + bytes <= most_;
  }

  void release_down_to(std::size_t bytes) {
    while (kept_ > bytes) {
      const auto largest = std::prev(free_.end());
      munmap(largest->second, largest->first);
      kept_ -= largest->first;
      free_.erase(largest);
    }
  }

  Piece map_memory(std::size_t bytes) {
    void* const data =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) {
      throw std::bad_alloc();
    }
    madvise(data, bytes, MADV_HUGEPAGE);  // 2 MiB at a time; without, all is as well but slower
    const Piece piece{data, bytes, false};
    held_ += bytes;
    report(piece, true);
    return piece;
  }

  Piece map_file(std::size_t bytes) {
    const Piece piece{map_spill_file(folder_, bytes), bytes, true};
    files_.emplace(piece.data, bytes);
    in_files_ += bytes;
    most_in_files_ = std::max(most_in_files_, in_files_);
    return piece;
  }

  std::mutex mutex_;
  std::multimap<std::size_t, void*> free_;  // by size
  std::size_t kept_ = 0;                    // bytes that are free
  std::size_t held_ = 0;                    // and those of maps
  std::size_t most_ = std::numeric_limits<std::size_t>::max();
  std::filesystem::path folder_;
  std::map<void*, std::size_t> files_;
  std::size_t in_files_ = 0;
  std::size_t most_in_files_ = 0;
};

MapMemory::MapMemory() : pages_(std::make_shared<Pages>()) {}

void MapMemory::limit(std::size_t most, const std::filesystem::path& folder) {
  pages_->limit(most, folder);
}

void MapMemory::let_go() { pages_->let_go(); }

std::size_t MapMemory::take_most_in_files() { return pages_->take_most_in_files(); }

at::Tensor MapMemory::make(const MapShape& shape, Element element) {
  const auto [channels, height, width] = shape;
  const auto values = static_cast<std::size_t>(channels * height * width);
  const Piece piece = pages_->take(whole_pages(values * size_of(element)));
  const auto give_back = [pages = pages_, piece](void* /*data*/) { pages->give_back(piece); };
  std::unique_ptr<void, decltype(give_back)> data(piece.data, give_back);
  at::Tensor map = at::from_blob(data.get(), {1, channels, height, width},
                                 {height * width * channels, 1, width * channels, channels},
                                 give_back, type_of(element));
  static_cast<void>(data.release());  // the tensor's now
  return map;
}

}  // namespace stylize::strips
