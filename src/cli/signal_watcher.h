// Ctrl-C and SIGTERM as a request to stop.
#pragma once

#include <thread>

#include "stylize/core/cancellation.h"

namespace stylize::cli {

// Cancels the token on the first SIGINT or SIGTERM and says so; ends the process with 130 on the
// second. Make it before any other thread, whose signal mask it decides; a thread of its own waits
// for the signals, so nothing runs inside a signal handler. Signals are as before once it is gone.
class SignalWatcher {
 public:
  explicit SignalWatcher(CancellationToken token);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  int signals_;  // signalfd
  int stop_;     // eventfd that ends the thread
  std::thread thread_;
};

}  // namespace stylize::cli
