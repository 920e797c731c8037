// What keeps a test that hangs from hanging all tests.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace stylize::test {

// Ends the program, with a message, unless destroyed in good time: threads that wait for each other
// for ever cannot be ended in any other way.
class Watchdog {
 public:
  explicit Watchdog(std::chrono::seconds patience = std::chrono::seconds(120));
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace stylize::test
