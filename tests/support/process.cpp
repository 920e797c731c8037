#include "process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "temp_dir.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it

namespace stylize::test {
namespace {

std::string temporary_file(const std::string& content) {
  std::string name = (std::filesystem::temp_directory_path() / "stylize-io-XXXXXX").string();
  const int descriptor = ::mkstemp(name.data());
  if (descriptor < 0) {
    throw std::runtime_error("cannot make a temporary file");
  }
  ::close(descriptor);
  write_file(name, content);
  return name;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    // What the user of the tests has set must not change what they see.
    if (text.rfind("STYLIZE_", 0) != 0 && !extra.contains(text.substr(0, text.find('=')))) {
      merged.push_back(text);
    }
  }
  for (const auto& [name, value] : extra) {
    merged.push_back(name + "=" + value);
  }
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    result.push_back(text.data());
  }
  result.push_back(nullptr);
  return result;
}

class SpawnActions {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// Stop signals as an interactive shell leaves them, also where the tests run with them ignored (in
// the background of a script, under nohup): the program respects what it inherits.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

RunningStylize::RunningStylize(const Arguments& arguments, const RunSettings& settings)
    : error_file_(temporary_file({})), input_file_(temporary_file(settings.input)) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("cannot make a pipe");
  }
  out_descriptor_ = pipe[0];
  SpawnActions actions;
  SpawnAttributes attributes;
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, input_file_.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(actions.get(), pipe[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(actions.get(), STDERR_FILENO, error_file_.c_str(),
                                   O_WRONLY | O_APPEND, 0);
  if (!settings.folder.empty()) {
    posix_spawn_file_actions_addchdir_np(actions.get(), settings.folder.c_str());
  }
  std::vector<std::string> words{STYLIZE_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = merged_environment(settings.environment);
  const int status = ::posix_spawn(&process_, STYLIZE_BINARY, actions.get(), attributes.get(),
                                   pointers(words).data(), pointers(environment).data());
  ::close(pipe[1]);
  if (status != 0) {
    throw std::runtime_error("cannot start " STYLIZE_BINARY);
  }
}

RunningStylize::~RunningStylize() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(out_descriptor_);
  std::filesystem::remove(error_file_);
  std::filesystem::remove(input_file_);
}

std::string RunningStylize::read_line() {
  std::array<char, 4096> block{};
  while (out_.find('\n') == std::string::npos) {
    const ssize_t count = ::read(out_descriptor_, block.data(), block.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return std::exchange(out_, {});
    }
    out_.append(block.data(), static_cast<std::size_t>(count));
  }
  const std::size_t end = out_.find('\n') + 1;
  const std::string line = out_.substr(0, end);
  out_.erase(0, end);
  return line;
}

void RunningStylize::send_signal(int signal) const { ::kill(process_, signal); }

Finished RunningStylize::wait() {
  Finished finished;
  for (std::string line = read_line(); !line.empty(); line = read_line()) {
    finished.out += line;
  }
  int status = 0;
  rusage usage{};
  ::wait4(process_, &status, 0, &usage);
  finished.peak_bytes = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  process_ = -1;
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.err = read_file(error_file_);
  return finished;
}

std::map<std::string, std::string> same_on_all_machines() {
  return {{"STYLIZE_DEVICE", "cpu"}, {"STYLIZE_PRECISION", "fp32"}};
}

Finished run_stylize(const Arguments& arguments, const RunSettings& settings) {
  return RunningStylize(arguments, settings).wait();
}

std::map<std::string, std::string> full_disk_after(long bytes) {
  return {{"LD_PRELOAD", STYLIZE_FULL_DISK_SHIM}, {"FULL_DISK_AFTER", std::to_string(bytes)}};
}

std::map<std::string, std::string> killed_at_step(int step) {
  return {{"LD_PRELOAD", STYLIZE_KILLING_SHIM}, {"KILLED_AT_STEP", std::to_string(step)}};
}

}  // namespace stylize::test
