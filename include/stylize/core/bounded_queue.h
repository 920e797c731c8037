// What one stage of a pipeline hands to the next.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace stylize {

// A queue with an end for each side. Senders wait while it is full, receivers while it is empty.
// When all senders are done they close() it, and receivers get what is left; a receiver that gives
// up calls abandon(), which drops what is left and lets senders know, so that neither side waits
// for one that is gone. Thread safe.
template <typename Item>
class BoundedQueue {
 public:
  // `capacity` >= 1.
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;
  ~BoundedQueue() = default;

  // Waits for room. False, and `item` is dropped, once either end is closed.
  bool push(Item item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || items_.size() < capacity_; });
    if (closed_) {
      return false;
    }
    items_.push_back(std::move(item));
    lock.unlock();
    filled_.notify_one();
    return true;
  }

  // Waits for an item. Nothing once the queue is closed and empty, or abandoned.
  std::optional<Item> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return closed_ || !items_.empty(); });
    return take(lock);
  }

  // An item if one is there now that `accept` wants; never waits.
  template <typename Accept>
  std::optional<Item> pop_if(const Accept& accept) {
    std::unique_lock lock(mutex_);
    if (items_.empty() || !accept(std::as_const(items_.front()))) {
      return std::nullopt;
    }
    return take(lock);
  }

  // No more items will come. Those that are there can still be received.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
    room_.notify_all();
  }

  // No more items will be received.
  void abandon() {
    std::deque<Item> dropped;  // destroyed without the lock
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      dropped.swap(items_);
    }
    filled_.notify_all();
    room_.notify_all();
  }

 private:
  std::optional<Item> take(std::unique_lock<std::mutex>& lock) {
    if (items_.empty()) {
      return std::nullopt;
    }
    std::optional<Item> item(std::move(items_.front()));
    items_.pop_front();
    lock.unlock();
    room_.notify_one();
    return item;
  }

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable filled_;
  std::deque<Item> items_;
  bool closed_ = false;
};

}  // namespace stylize
