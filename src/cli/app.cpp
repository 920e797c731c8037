#include "stylize/cli/app.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "exit_codes.h"
#include "log_sink.h"
#include "parse.h"
#include "shortcut.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/infer/allocator.h"

namespace stylize::cli {
namespace {

int dispatch(std::vector<std::string> arguments) {
  if (arguments.empty()) {
    arguments.emplace_back("--help");
  }
  const CommandEntry* entry = find_command(arguments.front());
  if (entry != nullptr) {
    arguments.erase(arguments.begin());
  }
  const DeclaredCommand command = entry != nullptr ? entry->make() : shortcut_command();
  return parse(*command.app, std::move(arguments)) ? command.run() : kAllDone;
}

// A stream that the caller closed would give its number to the next file we open, and a picture or
// a message would go there.
void keep_standard_streams_open() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
      static_cast<void>(::open("/dev/null", O_RDWR));  // takes the lowest number, this one
    }
  }
}

}  // namespace

int run(int argc, char** argv) {
  // Before any thread or allocation of size: the thresholds hold only for what comes after.
  tune_allocator();
  // A write that fails must come back as an error, not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  keep_standard_streams_open();
  try {
    install_log_sink(Verbosity::kNormal);
    const int code = dispatch({argv + 1, argv + argc});
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      throw Error(ErrorCode::kOutputUnwritable, "standard output", "cannot be written");
    }
    return code;
  } catch (const Error& error) {
    log_error(error.what());
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    log_error("not enough memory");
    return kNothingDone;
  } catch (const std::exception& exception) {
    log_error(std::string("unexpected: ") + exception.what());
    return kNothingDone;
  }
}

}  // namespace stylize::cli
