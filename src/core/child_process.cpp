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

// While it lives, a child that ends is waited for even where the caller made us ignore SIGCHLD.
class ChildrenAreWaitedFor {
 public:
  ChildrenAreWaitedFor() {
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &plain, &before_);
  }
  ~ChildrenAreWaitedFor() { ::sigaction(SIGCHLD, &before_, nullptr); }
  ChildrenAreWaitedFor(const ChildrenAreWaitedFor&) = delete;
  ChildrenAreWaitedFor& operator=(const ChildrenAreWaitedFor&) = delete;

 private:
  struct sigaction before_ {};
};

// While it lives, the signals that matter to a waiting parent are kept for sigwaitinfo.
class SignalsAreKept {
 public:
  SignalsAreKept() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) {
      sigaddset(&set_, signal);
    }
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~SignalsAreKept() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsAreKept(const SignalsAreKept&) = delete;
  SignalsAreKept& operator=(const SignalsAreKept&) = delete;

  // The next of them, waited for.
  siginfo_t next() const {
    siginfo_t info{};
    ::sigwaitinfo(&set_, &info);
    return info;
  }

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
[[noreturn]] void become(char* const* arguments, int standard_output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {  // it died before the line above
    ::_exit(kNotStarted);
  }
  // The program ignores these; its children should not.
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(standard_output, STDOUT_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(kNotStarted);
}

pid_t start(const Command& command, int standard_output) {
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
    become(arguments.data(), standard_output, parent);
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
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      throw Error(ErrorCode::kInternal, "waitpid", std::generic_category().message(errno));
    }
  }
  return code_of(status);
}

// Waits and passes signals on. A Ctrl-C on the terminal (SI_KERNEL) reaches the child by itself.
int wait_passing_on(pid_t child, const SignalsAreKept& signals) {
  siginfo_t state{};
  while (::waitid(P_PID, static_cast<id_t>(child), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         state.si_pid == 0) {
    const siginfo_t signal = signals.next();
    const bool stops = signal.si_signo == SIGINT || signal.si_signo == SIGTERM;
    if (stops && signal.si_code != SI_KERNEL) {
      ::kill(child, signal.si_signo);
    }
  }
  return wait_for(child);
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
  const ChildrenAreWaitedFor waited;
  const SignalsAreKept signals;
  return wait_passing_on(start(command, STDERR_FILENO), signals);
}

ChildOutput capture_child(const Command& command) {
  const ChildrenAreWaitedFor waited;
  Pipe pipe;
  const pid_t child = start(command, pipe.writing());
  pipe.close_writing();
  ChildOutput output;
  output.out = read_all(pipe.reading());
  output.code = wait_for(child);
  return output;
}

}  // namespace stylize
