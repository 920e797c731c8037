// stylize models pull and import: models that are not here yet.
#pragma once

#include <string>
#include <vector>

#include "stylize/style/model_installer.h"
#include "stylize/style/registry.h"

namespace stylize::cli {

struct PullRequest {
  std::vector<std::string> names;
  std::string models_dir;  // --models-dir; empty for the user's own folder
  std::string mirror;
  bool all_missing = false;  // every style that is not here and can be downloaded
  bool commercial_only = false;
  bool offline = false;
  bool accept_new_hash = false;
  bool progress = true;
  bool quiet = false;  // only say what went wrong
};

// Gets the styles and what they require, each once; one that fails does not keep the others from
// coming. Returns the exit code. Throws Error for what keeps all of them from being got.
int pull_styles(const PullRequest& request);

// Makes a style of a file; of an official name if the registry knows it, with that one's facts.
// `request` has the name, the file, --models-dir and the switches. Returns the exit code.
int import_style(const ImportRequest& request);

}  // namespace stylize::cli
