// `stylize align`.
#pragma once

#include "declared_command.h"

namespace stylize::cli {

DeclaredCommand align_command();

}  // namespace stylize::cli
