#include "page_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <new>

namespace stylize::strips {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = 2U << 20U;

bool is_small(std::size_t bytes) { return bytes < kHugePage; }

// Addresses for so many bytes, whose pages come as they are written to; huge ones where the system
// has them, and then the first begins with the block. Null where there are none.
std::byte* map_pages(std::size_t bytes) {
  const std::size_t spare = is_small(bytes) ? 0 : kHugePage - kPage;
  void* const all =
      mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) {
    return nullptr;
  }
  auto* const first = static_cast<std::byte*>(all);
  if (spare == 0) {
    return first;
  }
  const std::size_t above = reinterpret_cast<std::uintptr_t>(all) % kHugePage;
  const std::size_t before = above == 0 ? 0 : kHugePage - above;
  if (before > 0) {
    munmap(first, before);
  }
  if (before < spare) {
    munmap(first + before + bytes, spare - before);
  }
  madvise(first + before, bytes, MADV_HUGEPAGE);
  return first + before;
}

}  // namespace

std::size_t PagePool::whole_pages(std::size_t bytes) {
  const std::size_t page = is_small(bytes) ? kPage : kHugePage;
  return (bytes + page - 1) / page * page;
}

std::byte* PagePool::take(std::size_t bytes, std::size_t most) {
  release_down_to(most > taken_ ? most - taken_ : 0);
  std::byte* data = is_small(bytes) ? take_small(bytes) : take_large(bytes);
  if (data == nullptr) {
    const std::size_t limit = std::max(std::min(most_taken_ + kSpare, most), taken_ + bytes);
    release_down_to(limit - taken_ - bytes);
    data = map(bytes);
  }
  taken_ += bytes;
  most_taken_ = std::max(most_taken_, taken_);
  return data;
}

void PagePool::give_back(std::byte* data, std::size_t bytes) {
  taken_ -= bytes;
  free_ += bytes;
  if (is_small(bytes)) {
    small_.emplace(bytes, data);
  } else {
    put_beside_others(data, bytes);
  }
}

// Null where there is none.
std::byte* PagePool::take_small(std::size_t bytes) {
  const auto same = small_.find(bytes);
  if (same == small_.end()) {
    return nullptr;
  }
  std::byte* const data = same->second;
  small_.erase(same);
  free_ -= bytes;
  return data;
}

// From the smallest piece that has as many; null where none has.
std::byte* PagePool::take_large(std::size_t bytes) {
  auto best = large_.end();
  for (auto piece = large_.begin(); piece != large_.end(); ++piece) {
    if (piece->second >= bytes && (best == large_.end() || piece->second < best->second)) {
      best = piece;
    }
  }
  if (best == large_.end()) {
    return nullptr;
  }
  const auto [data, size] = *best;
  if (size > bytes) {
    large_.emplace(data + bytes, size - bytes);
  }
  large_.erase(best);
  free_ -= bytes;
  return data;
}

// What is free may be why there is no more.
std::byte* PagePool::map(std::size_t bytes) {
  std::byte* data = map_pages(bytes);
  if (data == nullptr) {
    release_down_to(0);
    data = map_pages(bytes);
  }
  if (data == nullptr) {
    throw std::bad_alloc();
  }
  return data;
}

// The system does not mind where neighbours come from.
void PagePool::put_beside_others(std::byte* data, std::size_t bytes) {
  const auto piece = large_.emplace(data, bytes).first;
  if (const auto next = std::next(piece); next != large_.end() && data + bytes == next->first) {
    piece->second += next->second;
    large_.erase(next);
  }
  if (piece == large_.begin()) {
    return;
  }
  if (const auto before = std::prev(piece); before->first + before->second == data) {
    before->second += piece->second;
    large_.erase(piece);
  }
}

// Of the largest pieces first, of which a part may stay.
void PagePool::release_down_to(std::size_t bytes) {
  while (free_ > bytes && !large_.empty()) {
    const auto largest =
        std::max_element(large_.begin(), large_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const std::size_t wanted = (free_ - bytes + kHugePage - 1) / kHugePage * kHugePage;
    const std::size_t part = std::min(largest->second, wanted);
    largest->second -= part;
    munmap(largest->first + largest->second, part);
    free_ -= part;
    if (largest->second == 0) {
      large_.erase(largest);
    }
  }
  while (free_ > bytes) {
    const auto any = small_.begin();
    munmap(any->second, any->first);
    free_ -= any->first;
    small_.erase(any);
  }
}

}  // namespace stylize::strips
