#include "map_memory.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/Allocator.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
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

// For what measures how much memory tensors take.
void report(void* data, std::size_t bytes, bool is_taken) {
  const auto size = static_cast<std::int64_t>(bytes);
  c10::reportMemoryUsageToProfiler(data, is_taken ? size : -size, 0, 0, c10::Device(c10::kCPU));
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

  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto fitting = free_.lower_bound(bytes);
    if (fitting != free_.end() && fitting->first <= 2 * bytes) {
      void* const data = fitting->second;
      sizes_[data] = fitting->first;
      kept_ -= fitting->first;
      free_.erase(fitting);
      report(data, sizes_[data], true);
      return data;
    }
    void* const data =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) {
      throw std::bad_alloc();
    }
    madvise(data, bytes, MADV_HUGEPAGE);  // 2 MiB at a time; without, all is as well but slower
    sizes_[data] = bytes;
    report(data, bytes, true);
    return data;
  }

  void give_back(void* data) {
    const std::lock_guard lock(mutex_);
    const auto entry = sizes_.find(data);
    free_.emplace(entry->second, data);
    kept_ += entry->second;
    report(data, entry->second, false);
    sizes_.erase(entry);
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
  std::map<void*, std::size_t> sizes_;      // of those in use
  std::size_t kept_ = 0;                    // bytes that are free
};

MapMemory::MapMemory() : pages_(std::make_shared<Pages>()) {}

at::Tensor MapMemory::make(const MapShape& shape, Element element) {
  const auto [channels, height, width] = shape;
  const auto values = static_cast<std::size_t>(channels * height * width);
  const auto give_back = [pages = pages_](void* taken) { pages->give_back(taken); };
  std::unique_ptr<void, decltype(give_back)> data(
      pages_->take(whole_pages(values * size_of(element))), give_back);
  at::Tensor map = at::from_blob(data.get(), {1, channels, height, width},
                                 {height * width * channels, 1, width * channels, channels},
                                 give_back, type_of(element));
  static_cast<void>(data.release());  // the tensor's now
  return map;
}

}  // namespace stylize::strips
