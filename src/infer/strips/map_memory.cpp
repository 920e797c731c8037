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
constexpr std::size_t kMostBetweenRuns = 1U << 30U;

bool is_small(std::size_t bytes) { return bytes < kHugePage; }

std::size_t whole_pages(std::size_t bytes) {
  const std::size_t page = is_small(bytes) ? kPage : kHugePage;
  return (bytes + page - 1) / page * page;
}

// Addresses for so many bytes; their pages come as they are written to. Those of huge ones begin
// with a page. Throws std::bad_alloc.
std::byte* map_pages(std::size_t bytes) {
  const std::size_t spare = is_small(bytes) ? 0 : kHugePage - kPage;
  void* const all =
      mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) {
    throw std::bad_alloc();
  }
  auto* const first = static_cast<std::byte*>(all);
  if (spare == 0) {
    return first;
  }
  const std::size_t before =
      (kHugePage - reinterpret_cast<std::uintptr_t>(all) % kHugePage) % kHugePage;
  if (before > 0) {
    munmap(first, before);
  }
  if (before < spare) {
    munmap(first + before + bytes, spare - before);
  }
  madvise(first + before, bytes, MADV_HUGEPAGE);  // without, all is as well but slower
  return first + before;
}

struct Piece {
  std::byte* data;
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

  Piece take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (!has_room(bytes)) {
      return map_file(bytes);
    }
    const Piece piece{take_memory(bytes), bytes, false};
    report(piece, true);
    return piece;
  }

  void give_back(const Piece& piece) {
    const std::lock_guard lock(mutex_);
    if (piece.is_in_file) {
      munmap(piece.data, piece.bytes);
      files_.erase(piece.data);
      in_files_ -= piece.bytes;
      return;
    }
    held_ -= piece.bytes;
    kept_ += piece.bytes;
    put_beside_others(piece);
    report(piece, false);
  }

  void end_run() {
    const std::lock_guard lock(mutex_);
    release_down_to(kMostBetweenRuns);
    most_held_ = held_ + kept_;
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
  // What is free may have to go for it.
  bool has_room(std::size_t bytes) {
    release_down_to(most_ > held_ ? most_ - held_ : 0);
    return held_ + bytes <= most_;
  }

  // Free pages before new ones, since the system clears those, which is a fifth of the time of
  // large pictures. All together are never more than maps took at once.
  std::byte* take_memory(std::size_t bytes) {
    std::byte* data = take_free(bytes);
    if (data == nullptr) {
      const std::size_t most = std::max(std::min(most_held_, most_), held_ + bytes);
      release_down_to(most - held_ - bytes);
      data = map_pages(bytes);
    }
    held_ += bytes;
    most_held_ = std::max(most_held_, held_);
    return data;
  }

  // From the smallest piece that has as many; null where none has.
  std::byte* take_free(std::size_t bytes) {
    auto best = free_.end();
    for (auto piece = free_.begin(); piece != free_.end(); ++piece) {
      const bool fits = piece->second >= bytes && is_small(piece->second) == is_small(bytes);
      if (fits && (best == free_.end() || piece->second < best->second)) {
        best = piece;
      }
    }
    if (best == free_.end()) {
      return nullptr;
    }
    const auto [data, size] = *best;
    if (size > bytes) {
      free_.emplace(data + bytes, size - bytes);
    }
    free_.erase(best);
    kept_ -= bytes;
    return data;
  }

  // Neighbours become one; the system does not mind where they come from.
  void put_beside_others(const Piece& piece) {
    auto entry = free_.emplace(piece.data, piece.bytes).first;
    if (const auto next = std::next(entry);
        next != free_.end() && entry->first + entry->second == next->first) {
      entry->second += next->second;
      free_.erase(next);
    }
    if (entry != free_.begin()) {
      const auto before = std::prev(entry);
      if (before->first + before->second == entry->first) {
        before->second += entry->second;
        free_.erase(entry);
      }
    }
  }

  // The largest ones first, of which a part may stay.
  void release_down_to(std::size_t bytes) {
    while (kept_ > bytes) {
      const auto largest =
          std::max_element(free_.begin(), free_.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
      const std::size_t part = std::min(largest->second, whole_pages(kept_ - bytes));
      largest->second -= part;
      munmap(largest->first + largest->second, part);
      kept_ -= part;
      if (largest->second == 0) {
        free_.erase(largest);
      }
    }
  }

  Piece map_file(std::size_t bytes) {
    const Piece piece{static_cast<std::byte*>(map_spill_file(folder_, bytes)), bytes, true};
    files_.emplace(piece.data, bytes);
    in_files_ += bytes;
    most_in_files_ = std::max(most_in_files_, in_files_);
    return piece;
  }

  std::mutex mutex_;
  std::map<std::byte*, std::size_t> free_;
  std::size_t kept_ = 0;       // bytes that are free
  std::size_t held_ = 0;       // and those of maps
  std::size_t most_held_ = 0;  // in this run
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

void MapMemory::end_run() { pages_->end_run(); }

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
