#include "signal_watcher.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <utility>

#include "exit_codes.h"
#include "stylize/core/log.h"

namespace stylize::cli {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    // What the caller has ignored (nohup, & in scripts) stays ignored; signalfd would see it.
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
      sigaddset(&set, signal);
    }
  }
  return set;
}

// Blocks until a stop signal (true) or the end of the watcher (false).
bool wait_for_signal(int signals, int stop) {
  std::array<pollfd, 2> sources{pollfd{signals, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
  while (::poll(sources.data(), sources.size(), -1) < 0) {
  }
  if ((sources[0].revents & POLLIN) == 0) {
    return false;
  }
  signalfd_siginfo received{};
  return ::read(signals, &received, sizeof(received)) == sizeof(received);
}

void watch(int signals, int stop, CancellationToken token) {
  if (!wait_for_signal(signals, stop)) {
    return;
  }
  token.cancel();
  log_warning("stopping after what is in flight; Ctrl-C again stops at once");
  if (wait_for_signal(signals, stop)) {
    // Nothing is lost: outputs appear by rename of a finished file.
    ::_exit(kInterruptedCode);
  }
}

}  // namespace

SignalWatcher::SignalWatcher(CancellationToken token) {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread(watch, signals_, stop_, std::move(token));
}

SignalWatcher::~SignalWatcher() {
  const std::uint64_t one = 1;
  if (::write(stop_, &one, sizeof(one)) == sizeof(one)) {
    thread_.join();
  } else {
    thread_.detach();
  }
  ::close(signals_);
  ::close(stop_);
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace stylize::cli
