// What went wrong first where several threads are at work.
#pragma once

#include <exception>
#include <mutex>

namespace stylize {

// Thread safe.
class FirstFailure {
 public:
  // Whether `stage` came to its end. What it throws is kept unless another one failed before.
  template <typename Stage>
  bool guard(const Stage& stage) {
    try {
      stage();
      return true;
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = failure_ ? failure_ : std::current_exception();
      return false;
    }
  }

  // Throws what is kept, if anything. Once all threads have ended.
  void rethrow() const {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace stylize
