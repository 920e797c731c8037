#include "message_options.h"

#include "stylize/core/error.h"

namespace stylize::cli {

void add_message_options(CLI::App& app, MessageOptions& options) {
  app.add_flag("-v,--verbose", options.verbose, "Say more")->group(kMessagesGroup);
  app.add_flag("--quiet", options.quiet, "Say only what went wrong")->group(kMessagesGroup);
  app.add_option("--log-level", options.log_level, "debug, info, warning or error")
      ->envname("STYLIZE_LOG_LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->type_name("LEVEL")
      ->group(kMessagesGroup)
      ->capture_default_str();
}

Verbosity verbosity(const MessageOptions& options) {
  if (options.verbose && options.quiet) {
    throw Error(ErrorCode::kUsage, "--quiet", "contradicts --verbose");
  }
  if (options.verbose || (options.log_level == "debug" && !options.quiet)) {
    return Verbosity::kVerbose;
  }
  if (options.quiet || options.log_level == "error") {
    return Verbosity::kQuiet;
  }
  return options.log_level == "warning" ? Verbosity::kWarnings : Verbosity::kNormal;
}

}  // namespace stylize::cli
