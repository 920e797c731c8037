// How much is said: the same options in every command that has them.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "log_sink.h"

namespace stylize::cli {

inline constexpr const char* kMessagesGroup = "Messages";

struct MessageOptions {  // as typed
  std::string log_level = "info";
  bool verbose = false;
  bool quiet = false;
};

// Declares -v, --quiet and --log-level on `app`, which must not outlive `options`.
void add_message_options(CLI::App& app, MessageOptions& options);

// Throws Error kUsage for --quiet with --verbose.
Verbosity verbosity(const MessageOptions& options);

}  // namespace stylize::cli
