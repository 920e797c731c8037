// `stylize doctor`.
#pragma once

#include <string>
#include <vector>

namespace stylize::cli {

// Looks at everything a run needs and prints what it finds, with what to do about it. Returns 0
// when nothing is broken, 1 otherwise. Throws Error kUsage.
int doctor_command(const std::vector<std::string>& arguments);

}  // namespace stylize::cli
