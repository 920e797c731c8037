// `stylize completion`.
#pragma once

#include "declared_command.h"

namespace stylize::cli {

// Prints a script for a shell.
DeclaredCommand completion_command();

}  // namespace stylize::cli
