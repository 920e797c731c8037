// stylize models verify and remove: models that are here.
#pragma once

#include <string>
#include <vector>

namespace stylize::cli {

// Checks hash, loading and one small run of the named styles (all that are here without a name) and
// prints a line for each. Returns the exit code.
int verify_styles(const std::vector<std::string>& names, const std::string& models_dir, bool json);

// Removes styles from the user's own folder. Throws Error kUsage for one that others here require.
int remove_styles(const std::vector<std::string>& names, const std::string& models_dir);

}  // namespace stylize::cli
