// From the value of --style to a style that is here.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "stylize/style/registry.h"

namespace stylize::cli {

struct StyleRequest {
  std::string style;  // a name or alias, or a model file
  std::string models_dir;
  bool commercial_only = false;
  bool may_offer_download = false;
  bool progress = true;
};

// From the registry, or a model file.
struct StyleChoice {
  std::optional<RegisteredStyle> registered;
  std::filesystem::path file;  // if not registered
  std::string name;
};

// Finds the style. One that is known but not here is offered for download where there is someone to
// ask. Throws Error kStyleUnknown, kModelMissing with the command that gets it, kUsage for a
// licence that was ruled out.
StyleChoice choose_style(const StyleRequest& request);

// The style of a file by its own description; without one, it is for whole pictures. Throws Error
// kModelMissing or kModelInvalid.
RegisteredStyle described(const StyleChoice& style);

// Throws Error kUsage when only commercially usable styles are wanted and this is none.
void check_licence(const Manifest& manifest, bool commercial_only);

}  // namespace stylize::cli
