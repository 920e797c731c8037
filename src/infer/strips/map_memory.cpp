#include "map_memory.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/Allocator.h>
#include <sys/mman.h>

#include <cstddef>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

namespace stylize::strips {
namespace {

constexpr std::size_t kHugePage = 2U << 20U;
constexpr std::size_t kMostKept = 256U << 20U;

std::size_t whole_pages(std::size_t bytes) {
  return (bytes + kHugePage - 1) / kHugePage * kHugePage;
}

struct Piece {
  void* data;
  std::size_t bytes;
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
  ~Pages() {
    for (const auto& [bytes, data] : free_) {
      munmap(data, bytes);
    }
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  // At least so many bytes.
  Piece take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto fitting = free_.lower_bound(bytes);
    if (fitting != free_.end() && fitting->first <= 2 * bytes) {
      const Piece piece{fitting->second, fitting->first};
      kept_ -= piece.bytes;
      free_.erase(fitting);
      report(piece, true);
      return piece;
    }
    void* const data =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) {
      throw std::bad_alloc();
    }
    madvise(data, bytes, MADV_HUGEPAGE);  // 2 MiB at a time; without, all is as well but slower
    const Piece piece{data, bytes};
    report(piece, true);
    return piece;
  }

  void give_back(const Piece& piece) {
    const std::lock_guard lock(mutex_);
    free_.emplace(piece.bytes, piece.data);
    kept_ += piece.bytes;
    report(piece, false);
    while (kept_ > kMostKept) {
      const auto largest = std::prev(free_.end());
      munmap(largest->second, largest->first);
      kept_ -= largest->first;
      free_.erase(largest);
    }
  }

 private:
  std::mutex mutex_;
  std::multimap<std::size_t, void*> free_;  // by size
  std::size_t kept_ = 0;                    // bytes that are free
};

MapMemory::MapMemory() : pages_(std::make_shared<Pages>()) {}

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
