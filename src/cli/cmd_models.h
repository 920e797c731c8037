// `stylize models`.
#pragma once

#include "declared_command.h"

namespace stylize::cli {

DeclaredCommand models_command();

}  // namespace stylize::cli
