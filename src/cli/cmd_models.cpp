#include "cmd_models.h"

#include "config_file.h"
#include "exit_codes.h"
#include "log_sink.h"
#include "models_listing.h"
#include "models_pull.h"
#include "models_upkeep.h"
#include "shared_options.h"
#include "stylize/core/error.h"
#include "stylize/style/model_locations.h"
#include "stylize/style/registry.h"

namespace stylize::cli {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  stylize models list                        what there is, and what it may be used for\n"
    "  stylize models pull animegan2              download a style and make it ready\n"
    "  stylize models import mine --from g.pth    make a style of a checkpoint you have\n"
    "  stylize models verify                      hash, loading and a small run of what is here";

struct Subcommands {
  CLI::App* list;
  CLI::App* info;
  CLI::App* path;
  CLI::App* pull;
  CLI::App* import_file;
  CLI::App* verify;
  CLI::App* remove;
};

struct ModelsOptions {
  PullRequest pull;  // its names and models_dir serve the other commands, too
  std::string name;
  std::string file;
  bool json = false;
  bool quiet = false;
  bool no_progress = false;
  Subcommands commands{};  // to see which one was given
};

void add_pull_options(CLI::App& pull, ModelsOptions& options) {
  PullRequest& request = options.pull;
  pull.add_option("NAME", request.names, "Styles, by name or alias")->type_name("");
  pull.add_flag("--all-missing", request.all_missing, "Every style that is not here yet");
  pull.add_option("--from-mirror", request.mirror,
                  "Download from below this address instead of the authors' places")
      ->type_name("URL");
  pull.add_flag("--accept-new-hash", request.accept_new_hash,
                "Get it again, and take a checkpoint that is not the one first seen");
}

void add_import_options(CLI::App& command, ModelsOptions& options) {
  command.add_option("NAME", options.name, "The style's name; an official one brings its facts")
      ->required()
      ->type_name("");
  command.add_option("--from", options.file, "Checkpoint or TorchScript file")
      ->required()
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  command.add_flag("--accept-new-hash", options.pull.accept_new_hash,
                   "Do not warn of a checkpoint that is not the one first seen");
}

Subcommands add_subcommands(CLI::App& app, ModelsOptions& options) {
  const Subcommands commands{
      .list = app.add_subcommand("list", "All styles: what for, here or not, size, licence"),
      .info = app.add_subcommand("info", "Everything about one style"),
      .path = app.add_subcommand("path", "A style's model file; or the folders searched"),
      .pull = app.add_subcommand("pull", "Download styles and make them ready"),
      .import_file = app.add_subcommand("import", "Make a style of a file you have"),
      .verify = app.add_subcommand("verify", "Check hash, loading and a small run"),
      .remove = app.add_subcommand("remove", "Remove styles you pulled or imported")};
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    command->fallthrough();
  }
  for (CLI::App* command : {commands.list, commands.info, commands.verify}) {
    command->add_flag("--json", options.json, "As JSON");
  }
  commands.info->add_option("NAME", options.name, "A style")->required()->type_name("");
  commands.path->add_option("NAME", options.name, "A style")->type_name("");
  add_pull_options(*commands.pull, options);
  add_import_options(*commands.import_file, options);
  commands.verify->add_option("NAME", options.pull.names, "Styles; default: all that are here")
      ->type_name("");
  commands.remove->add_option("NAME", options.pull.names, "Styles")->required()->type_name("");
  return commands;
}

int run_pull(const ModelsOptions& options) {
  if (options.pull.names.empty() && !options.pull.all_missing) {
    throw Error(ErrorCode::kUsage, "stylize models pull", "name a style, or use --all-missing",
                "see stylize models list");
  }
  return pull_styles(options.pull);
}

int run_subcommand(const ModelsOptions& options) {
  const Subcommands& commands = options.commands;
  const std::string& models_dir = options.pull.models_dir;
  if (commands.pull->parsed()) {
    return run_pull(options);
  }
  if (commands.import_file->parsed()) {
    return import_style({.name = options.name,
                         .file = options.file,
                         .catalogue = {},
                         .models_dir = models_dir,
                         .accept_new_hash = options.pull.accept_new_hash,
                         .quiet = options.quiet});
  }
  if (commands.verify->parsed()) {
    return verify_styles(options.pull.names, models_dir, options.json);
  }
  if (commands.remove->parsed()) {
    return remove_styles(options.pull.names, models_dir);
  }
  const std::vector<std::filesystem::path> folders = model_folders(models_dir);
  if (commands.path->parsed()) {
    show_path(folders, options.name);
  } else if (commands.list->parsed()) {
    list_styles(Registry(folders), options.pull.commercial_only, options.json);
  } else {
    show_style(Registry(folders).find(options.name), options.json);
  }
  return kAllDone;
}

void add_options(CLI::App& app, ModelsOptions& options) {
  app.require_subcommand(1);
  add_config_option(app, true);
  add_models_dir_option(app, options.pull.models_dir)
      ->description("Folder to look for styles first, and to put new ones into");
  app.add_flag("--commercial-only", options.pull.commercial_only,
               "List and get only what may be used commercially")
      ->group("Running");
  app.add_flag("--offline", options.pull.offline, "Never use the network")
      ->envname("STYLIZE_OFFLINE")
      ->group("Running");
  app.add_flag("--no-progress", options.no_progress, "No progress")->group("Running");
  app.add_flag("--quiet", options.quiet, "Say only what went wrong")->group("Running");
  app.footer(kFooter);
  options.commands = add_subcommands(app, options);
}

int run(ModelsOptions& options) {
  install_log_sink(options.quiet ? Verbosity::kQuiet : Verbosity::kNormal);
  options.pull.progress = !options.no_progress;
  options.pull.quiet = options.quiet;
  return run_subcommand(options);
}

}  // namespace

DeclaredCommand models_command() {
  return make_command<ModelsOptions>("stylize models", "Shows, gets and checks styles.",
                                     add_options, run);
}

}  // namespace stylize::cli
