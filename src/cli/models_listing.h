// stylize models list, info, path: what there is, on standard output.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stylize/style/registry.h"

namespace stylize::cli {

// `commercial_only` leaves out what may not be used commercially.
void list_styles(const Registry& registry, bool commercial_only, bool json);
void show_style(const RegisteredStyle& style, bool json);

// Names and aliases and what they are for, "name<tab>description" a line, for shells to complete;
// without the parts of styles unless `parts_too`.
void list_names(const Registry& registry, bool parts_too);

// The model file of style `name`; without a name, the folders searched.
void show_path(const std::vector<std::filesystem::path>& folders, const std::string& name);

}  // namespace stylize::cli
