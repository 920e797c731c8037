#include "watchdog.h"

#include <cstdio>
#include <cstdlib>

namespace stylize::test {

Watchdog::Watchdog(std::chrono::seconds patience)
    : thread_([this, patience] {
        std::unique_lock lock(mutex_);
        if (!ended_.wait_for(lock, patience, [this] { return done_; })) {
          std::fputs("the test hangs: its threads wait for each other\n", stderr);
          std::abort();
        }
      }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

}  // namespace stylize::test
