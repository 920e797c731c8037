// `stylize doctor`.
#pragma once

#include "declared_command.h"

namespace stylize::cli {

// Looks at everything a run needs and prints what it finds, with what to do about it. Returns 0
// when nothing is broken, 1 otherwise.
DeclaredCommand doctor_command();

}  // namespace stylize::cli
