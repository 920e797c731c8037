// Folders for outputs.
#pragma once

#include <filesystem>

namespace stylize {

// Makes `folder` with all that is missing above it; one that is there, or an empty path, is fine.
// Throws Error kDiskFull or kOutputUnwritable, naming `folder`. Thread safe.
void make_folder(const std::filesystem::path& folder);

}  // namespace stylize
