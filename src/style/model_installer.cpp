#include "stylize/style/model_installer.h"

#include <string_view>
#include <system_error>

#include "stylize/core/child_process.h"
#include "stylize/core/error.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr int kInterruptedCode = 130;  // the scripts' own
constexpr int kTerminatedCode = 143;   // by SIGTERM before they could say so
constexpr int kNotStartedCode = 127;

void make_folder(const fs::path& folder) {
  if (folder.empty()) {
    throw Error(ErrorCode::kOutputUnwritable, "models folder",
                "neither XDG_DATA_HOME nor HOME says where it is", "name one with --models-dir");
  }
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw Error(ErrorCode::kOutputUnwritable, folder.string(),
                "the models folder cannot be made: " + error.message(),
                "name another with --models-dir");
  }
}

Installation run_script(const PythonTools& tools, const char* script, const Command& arguments) {
  Command command{tools.python.string(), (tools.scripts / script).string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const int code = run_child(command);
  if (code == 0) {
    return Installation::kDone;
  }
  if (code == kInterruptedCode || code == kTerminatedCode) {
    return Installation::kInterrupted;
  }
  if (code >= kNotStartedCode) {  // then it could not say why
    throw Error(ErrorCode::kInternal, script,
                code == kNotStartedCode
                    ? std::string("could not be started")
                    : "was ended by signal " + std::to_string(code - kNotStartedCode - 1),
                "is there enough memory? The next try goes on from what is downloaded");
  }
  return Installation::kFailed;
}

// The exporters' rule: names become parts of file names, on file systems of every kind.
void check_name(const std::string& name) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
  if (name.empty() || kFirst.find(name.front()) == std::string_view::npos ||
      name.find_first_not_of(kAllowed) != std::string::npos) {
    throw Error(ErrorCode::kUsage, "'" + name + "'", "is not a name for a style",
                "use a-z, 0-9, '_', '.' and '-', a letter or digit first");
  }
}

void remove_file(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) {
    throw Error(ErrorCode::kOutputUnwritable, path.string(),
                "cannot be removed: " + error.message());
  }
}

}  // namespace

Installation pull_model(const RegisteredStyle& style, const PythonTools& tools,
                        const PullOptions& options) {
  const std::string& name = style.manifest.name;
  if (!style.is_downloadable()) {
    throw Error(ErrorCode::kModelMissing, "style " + name,
                "its manifest names no place to download it from",
                "if you have the file: stylize models import " + name + " --from FILE");
  }
  make_folder(options.models_dir);
  // OPTION=VALUE in one word, so that a value may start with a dash.
  Command arguments{style.manifest_path.string(), "--models-dir=" + options.models_dir.string()};
  if (!options.mirror.empty()) {
    arguments.push_back("--mirror=" + options.mirror);
  }
  if (options.offline) {
    arguments.emplace_back("--offline");
  }
  if (options.accept_new_hash) {
    arguments.emplace_back("--accept-new-hash");
  }
  if (!options.progress) {
    arguments.emplace_back("--no-progress");
  }
  if (options.quiet) {
    arguments.emplace_back("--quiet");
  }
  return run_script(tools, "pull_model.py", arguments);
}

Installation import_model(const ImportRequest& request, const PythonTools& tools) {
  check_name(request.name);
  make_folder(request.models_dir);
  Command arguments{request.name, "--from=" + request.file.string(),
                    "--models-dir=" + request.models_dir.string()};
  if (!request.catalogue.empty()) {
    arguments.push_back("--catalogue=" + request.catalogue.string());
  }
  if (request.accept_new_hash) {
    arguments.emplace_back("--accept-new-hash");
  }
  if (request.quiet) {
    arguments.emplace_back("--quiet");
  }
  return run_script(tools, "import_model.py", arguments);
}

void check_removable(const RegisteredStyle& style, const fs::path& models_dir) {
  std::error_code ignored;
  if (fs::equivalent(style.manifest_path.parent_path(), models_dir, ignored)) {
    return;
  }
  if (!style.is_present()) {
    throw Error(ErrorCode::kUsage, "style " + style.manifest.name, "is not here");
  }
  throw Error(ErrorCode::kUsage, "style " + style.manifest.name,
              "lies in " + style.manifest_path.parent_path().string() +
                  ", not in your models folder, and stays",
              "styles that come with stylize go when it is uninstalled");
}

void remove_model(const RegisteredStyle& style, const fs::path& models_dir) {
  check_removable(style, models_dir);
  // In this order: a model without a manifest is only a file, the reverse would be a broken style.
  remove_file(style.manifest_path);
  remove_file(style.model_path);
}

}  // namespace stylize
