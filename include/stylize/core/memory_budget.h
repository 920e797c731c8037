// A bound on the memory that work in flight holds.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace stylize {

// Hands out shares of a number of bytes. Whoever asks for more than is left waits, so that the work
// in flight never holds more than the whole; a request larger than the whole is served when nothing
// else is out. It counts what it is told and allocates nothing. Thread safe; must outlive its
// shares.
class MemoryBudget {
 public:
  // Returns its bytes when it goes. An empty one holds none.
  class Share {
   public:
    Share() = default;
    [[nodiscard]] std::size_t bytes() const { return held_ ? held_->bytes : 0; }

   private:
    friend class MemoryBudget;
    struct Held {
      MemoryBudget& budget;
      std::size_t bytes;
      Held(MemoryBudget& owner, std::size_t count) : budget(owner), bytes(count) {}
      Held(const Held&) = delete;
      Held& operator=(const Held&) = delete;
      ~Held() { budget.give_back(bytes); }
    };
    explicit Share(std::unique_ptr<Held> held) : held_(std::move(held)) {}
    std::unique_ptr<Held> held_;
  };

  explicit MemoryBudget(std::size_t bytes) : free_(bytes), whole_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;
  ~MemoryBudget() = default;

  // Waits until there is room. In the order of the calls no more than the scheduler keeps it.
  [[nodiscard]] Share take(std::size_t bytes);

 private:
  void give_back(std::size_t bytes);

  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t free_;
  const std::size_t whole_;
};

}  // namespace stylize
