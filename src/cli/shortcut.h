// `stylize INPUT...`: the command follows from what the input is.
#pragma once

#include "declared_command.h"

namespace stylize::cli {

DeclaredCommand shortcut_command();

}  // namespace stylize::cli
