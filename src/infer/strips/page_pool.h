// Pages of memory that pass from one large block to the next.
#pragma once

#include <cstddef>
#include <map>

namespace stylize::strips {

// Blocks take free pages before new ones, since the system clears those that it gives, which takes
// as long as a network's loops over them: neighbours serve together, and of a larger piece a part.
// All together are never much more than blocks took at once. Blocks of less than a huge page (2
// MiB) are kept apart. One thread at a time.
class PagePool {
 public:
  PagePool() = default;
  ~PagePool() { release_down_to(0); }  // blocks that are taken stay
  PagePool(const PagePool&) = delete;
  PagePool& operator=(const PagePool&) = delete;

  // What there may be more, where free pieces are too small for a block.
  static constexpr std::size_t kSpare = std::size_t{128} << 20U;

  // What a block of so many bytes takes.
  static std::size_t whole_pages(std::size_t bytes);

  // With whatever was there before; `bytes` are whole pages. Free pages go where all would be more
  // than `most`. Throws std::bad_alloc.
  std::byte* take(std::size_t bytes, std::size_t most);
  void give_back(std::byte* data, std::size_t bytes);

  // Gives free pages to the system, until so many bytes are left.
  void release_down_to(std::size_t bytes);

  // From here on, what is taken and free now counts as taken at once.
  void forget_most() { most_taken_ = taken_ + free_; }

  [[nodiscard]] std::size_t taken() const { return taken_; }
  [[nodiscard]] std::size_t free() const { return free_; }

 private:
  std::byte* take_small(std::size_t bytes);
  std::byte* take_large(std::size_t bytes);
  std::byte* map(std::size_t bytes);
  void put_beside_others(std::byte* data, std::size_t bytes);

  std::map<std::byte*, std::size_t> large_;       // free, by address; no two are neighbours
  std::multimap<std::size_t, std::byte*> small_;  // free, by size
  std::size_t free_ = 0;
  std::size_t taken_ = 0;
  std::size_t most_taken_ = 0;
};

}  // namespace stylize::strips
