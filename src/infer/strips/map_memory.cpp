#include "map_memory.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/Allocator.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "page_pool.h"
#include "spill_file.h"

namespace stylize::strips {
namespace {

constexpr std::size_t kMostBetweenRuns = 1U << 30U;

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
  void limit(std::size_t most, const std::filesystem::path& folder) {
    const std::lock_guard lock(mutex_);
    most_ = most;
    folder_ = folder;
  }

  Piece take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (memory_.taken() + bytes > most_) {
      return map_file(bytes);
    }
    const Piece piece{memory_.take(bytes, most_), bytes, false};
    report(piece, true);
    return piece;
  }

  void give_back(const Piece& piece) {
    const std::lock_guard lock(mutex_);
    if (piece.is_in_file) {
      munmap(piece.data, piece.bytes);
      files_.erase(piece.data);
      in_files_ -= piece.bytes;
    } else {
      memory_.give_back(piece.data, piece.bytes);
      report(piece, false);
    }
  }

  std::size_t free() {
    const std::lock_guard lock(mutex_);
    return memory_.free();
  }

  void end_run() {
    const std::lock_guard lock(mutex_);
    memory_.release_down_to(kMostBetweenRuns);
    memory_.forget_most();
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
  Piece map_file(std::size_t bytes) {
    const Piece piece{static_cast<std::byte*>(map_spill_file(folder_, bytes)), bytes, true};
    files_.emplace(piece.data, bytes);
    in_files_ += bytes;
    most_in_files_ = std::max(most_in_files_, in_files_);
    return piece;
  }

  std::mutex mutex_;
  PagePool memory_;
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

std::size_t MapMemory::free() const { return pages_->free(); }

void MapMemory::end_run() { pages_->end_run(); }

std::size_t MapMemory::take_most_in_files() { return pages_->take_most_in_files(); }

at::Tensor MapMemory::make(const MapShape& shape, Element own) {
  const Element element = element_of(shape, own);
  const auto [channels, height, width] = shape;
  const auto values = static_cast<std::size_t>(channels * height * width);
  const Piece piece = pages_->take(PagePool::whole_pages(values * size_of(element)));
  const auto give_back = [pages = pages_, piece](void* /*data*/) { pages->give_back(piece); };
  std::unique_ptr<void, decltype(give_back)> data(piece.data, give_back);
  at::Tensor map = at::from_blob(data.get(), {1, channels, height, width},
                                 {height * width * channels, 1, width * channels, channels},
                                 give_back, type_of(element));
  static_cast<void>(data.release());  // the tensor's now
  return map;
}

}  // namespace stylize::strips
