// A command as declared: its options, and what to do once they are parsed.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace stylize::cli {

struct DeclaredCommand {
  std::unique_ptr<CLI::App> app;  // named as it is typed: "stylize folder"
  std::function<int()> run;       // after `app` has parsed: returns the exit code, throws Error
};

// `declare(app, options)` declares the command's options, `run(options)` is called with what was
// typed. The command keeps the options as long as it lives.
template <typename Options, typename Declare, typename Run>
DeclaredCommand make_command(const std::string& name, const std::string& description,
                             Declare declare, Run run) {
  auto options = std::make_shared<Options>();
  auto app = std::make_unique<CLI::App>(description, name);
  declare(*app, *options);
  return {std::move(app), [options, run] { return run(*options); }};
}

}  // namespace stylize::cli
