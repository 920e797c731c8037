// Getting models, taking them in, and taking them away again.
#pragma once

#include <filesystem>
#include <string>

#include "stylize/style/python_tools.h"
#include "stylize/style/registry.h"

namespace stylize {

struct PullOptions {
  std::filesystem::path models_dir;  // where the model and its manifest go; made if missing
  std::string mirror;                // download from below this URL instead of the sources
  bool offline = false;
  bool accept_new_hash = false;  // take a checkpoint that is not the one first seen
  bool progress = true;
  bool quiet = false;  // only say what went wrong
};

enum class Installation { kDone, kFailed, kInterrupted };

// Downloads, checks and exports one model, requirements not included (scripts/pull_model.py). All
// or nothing: the model appears with its manifest, or nothing changes but a partial download, from
// which the next pull goes on. What goes wrong has been said on standard error when it returns.
// Throws Error kModelMissing when the manifest names no source, kToolMissing, kOutputUnwritable,
// and kInternal when the script was killed.
Installation pull_model(const RegisteredStyle& style, const PythonTools& tools,
                        const PullOptions& options);

struct ImportRequest {
  std::string name;                  // of the style to be
  std::filesystem::path file;        // a checkpoint or a TorchScript file
  std::filesystem::path catalogue;   // manifest with the facts of an official one; may be empty
  std::filesystem::path models_dir;  // as above
  bool accept_new_hash = false;
  bool quiet = false;
};

// Makes a style of a file that the user has (scripts/import_model.py); otherwise as pull_model.
// Throws Error kUsage for a name that no style may have.
Installation import_model(const ImportRequest& request, const PythonTools& tools);

// Throws Error kUsage for a style that does not lie in `models_dir`.
void check_removable(const RegisteredStyle& style, const std::filesystem::path& models_dir);

// Removes a model and its manifest, the manifest first. Throws what check_removable throws, and
// Error kOutputUnwritable.
void remove_model(const RegisteredStyle& style, const std::filesystem::path& models_dir);

}  // namespace stylize
