// stylize folder
#pragma once

#include "declared_command.h"
#include "folder_options.h"

namespace stylize::cli {

DeclaredCommand folder_command();

// Runs what the options say. Returns the exit code; throws Error before anything was started.
int run_folder(const FolderOptions& options);

}  // namespace stylize::cli
