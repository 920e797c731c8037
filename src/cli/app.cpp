#include "stylize/cli/app.h"

#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include "cmd_image.h"
#include "cmd_models.h"
#include "exit_codes.h"
#include "log_sink.h"
#include "shortcut.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"

namespace stylize::cli {
namespace {

int dispatch(std::vector<std::string> arguments) {
  if (arguments.empty()) {
    arguments.emplace_back("--help");
  }
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (arguments.front() == "image") {
    return image_command(rest);
  }
  if (arguments.front() == "models") {
    return models_command(rest);
  }
  return shortcut_command(arguments);
}

}  // namespace

int run(int argc, char** argv) {
  // A write that fails must come back as an error, not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    install_log_sink(Verbosity::kNormal);
    return dispatch({argv + 1, argv + argc});
  } catch (const Error& error) {
    log_error(error.what());
    return exit_code(error.code());
  } catch (const std::exception& exception) {
    log_error(std::string("unexpected: ") + exception.what());
    return kNothingDone;
  }
}

}  // namespace stylize::cli
