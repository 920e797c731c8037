#include "stylize/core/memory_budget.h"

#include <algorithm>
#include <utility>

namespace stylize {

MemoryBudget::Share MemoryBudget::take(std::size_t bytes) {
  const std::size_t counted = std::min(bytes, whole_);
  // Made first: were there no memory for it later, the bytes would be lost.
  auto held = std::make_unique<Share::Held>(*this, 0);
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return free_ >= counted; });
    free_ -= counted;
    held->bytes = counted;
  }
  return Share(std::move(held));
}

void MemoryBudget::give_back(std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    free_ += bytes;
  }
  // Several may wait for different amounts.
  returned_.notify_all();
}

}  // namespace stylize
