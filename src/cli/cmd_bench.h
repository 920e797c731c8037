// stylize bench: speed and memory of styles on this machine.
#pragma once

#include "declared_command.h"

namespace stylize::cli {

DeclaredCommand bench_command();

}  // namespace stylize::cli
