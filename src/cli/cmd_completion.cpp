#include "cmd_completion.h"

#include <cstdio>

#include "completion_facts.h"
#include "completion_scripts.h"
#include "exit_codes.h"
#include "models_listing.h"
#include "shared_options.h"
#include "stylize/core/error.h"
#include "stylize/style/model_locations.h"

namespace stylize::cli {
namespace {

constexpr const char* kFooter =
    "An installed stylize brings them along; shells find them if it is installed where they look,\n"
    "as in /usr or /usr/local. Elsewhere, in the shell's start-up file:\n"
    "\n"
    "Examples:\n"
    "  source <(stylize completion bash)        in ~/.bashrc\n"
    "  source <(stylize completion zsh)         in ~/.zshrc, after compinit\n"
    "  stylize completion fish | source         in ~/.config/fish/config.fish";

struct CompletionOptions {
  std::string shell;
  std::string names;  // what the scripts ask for while they complete
  std::string models_dir;
};

void add_options(CLI::App& app, CompletionOptions& options) {
  app.add_option("SHELL", options.shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("");
  const std::string hidden;
  app.add_option("--names", options.names)
      ->check(CLI::IsMember({"styles", "models", "commands"}))
      ->group(hidden);
  add_models_dir_option(app, options.models_dir)->group(hidden);
  app.footer(kFooter);
}

// "models pull<tab>Download styles", a line each.
void print_commands(const std::vector<CommandFacts>& commands, const std::string& above) {
  for (const CommandFacts& command : commands) {
    std::printf("%s%s\t%s\n", above.c_str(), command.name.c_str(), command.description.c_str());
    print_commands(command.commands, above + command.name + " ");
  }
}

void print_names(const CompletionOptions& options) {
  if (options.names == "commands") {
    print_commands(program_facts().commands, "");
  } else {
    list_names(Registry(model_folders(options.models_dir)), options.names == "models");
  }
}

std::string script(const std::string& shell) {
  const CommandFacts program = program_facts();
  if (shell == "bash") return bash_completion(program);
  return shell == "zsh" ? zsh_completion(program) : fish_completion(program);
}

int run(const CompletionOptions& options) {
  if (!options.names.empty()) {
    print_names(options);
  } else if (options.shell.empty()) {
    throw Error(ErrorCode::kUsage, {}, "no shell is named", "choose bash, zsh or fish");
  } else {
    std::fputs(script(options.shell).c_str(), stdout);
  }
  return kAllDone;
}

}  // namespace

DeclaredCommand completion_command() {
  return make_command<CompletionOptions>(
      "stylize completion", "Prints what makes a shell complete commands, options and styles.",
      add_options, run);
}

}  // namespace stylize::cli
