#include "stylize/core/child_process.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "stylize/core/error.h"

namespace stylize {
namespace {

constexpr int kSignalBase = 128;  // as shells report a death by signal
constexpr int kNotStarted = 127;

// While it lives, the signals that matter to a waiting parent are kept for sigwaitinfo.
class WaitingSignals {
 public:
  WaitingSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) {
      sigaddset(&set_, signal);
    }
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~WaitingSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WaitingSignals(const WaitingSignals&) = delete;
  WaitingSignals& operator=(const WaitingSignals&) = delete;

  [[nodiscard]] const sigset_t& set() const { return set_; }
  [[nodiscard]] const sigset_t& before() const { return before_; }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// Both ends of a pipe, closed with it. Neither end outlives an exec unless it is dup2-ed.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) {
      throw Error(ErrorCode::kInternal, "pipe", std::generic_category().message(errno));
    }
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int reading() const { return ends_[0]; }
  [[nodiscard]] int writing() const { return ends_[1]; }
  void close_writing() { close_end(1); }

 private:
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) {
      ::close(ends_[end]);
      ends_[end] = -1;
    }
  }

  std::array<int, 2> ends_{-1, -1};
};

// In the forked child; only calls that are safe between fork and exec.
[[noreturn]] void become(char* const* arguments, const sigset_t& mask, int standard_output,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {  // it died before the line above
    ::_exit(kNotStarted);
  }
  // The program ignores these; its children should not.
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_DFL);
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  if (standard_output >= 0) {
    ::dup2(standard_output, STDOUT_FILENO);
  }
  ::execv(arguments[0], arguments);
  ::_exit(kNotStarted);
}

pid_t start(const Command& command, const sigset_t& mask, int standard_output) {
  if (command.empty() || ::access(command.front().c_str(), X_OK) != 0) {
    throw Error(ErrorCode::kToolMissing, command.empty() ? std::string() : command.front(),
                "cannot be run: " + std::generic_category().message(errno));
  }
  std::vector<char*> arguments;
  for (const std::string& word : command) {
    arguments.push_back(const_cast<char*>(word.c_str()));  // execv's old signature; it only reads
  }
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    become(arguments.data(), mask, standard_output, parent);
  }
  if (child < 0) {
    throw Error(ErrorCode::kToolMissing, command.front(),
                "cannot be started: " + std::generic_category().message(errno));
  }
  return child;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return code_of(status);
}

// Waits and passes signals on. A Ctrl-C on the terminal (SI_KERNEL) reaches the child by itself.
int wait_passing_signals(pid_t child, const sigset_t& signals) {
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&signals, &info);
    if ((signal == SIGINT || signal == SIGTERM) && info.si_code != SI_KERNEL) {
      ::kill(child, signal);
    }
  }
  return code_of(status);
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 1 << 14> block{};
  for (;;) {
    const ssize_t count = ::read(descriptor, block.data(), block.size());
    if (count > 0) {
      text.append(block.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return text;
    }
  }
}

}  // namespace

int run_child(const Command& command) {
  const WaitingSignals signals;
  const pid_t child = start(command, signals.before(), -1);
  return wait_passing_signals(child, signals.set());
}

ChildOutput capture_child(const Command& command) {
  Pipe pipe;
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  const pid_t child = start(command, mask, pipe.writing());
  pipe.close_writing();
  ChildOutput output;
  output.out = read_all(pipe.reading());
  output.code = wait_for(child);
  return output;
}

}  // namespace stylize
