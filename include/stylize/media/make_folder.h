// Folders for outputs.
#pragma once

#include <filesystem>
#include <string_view>

namespace stylize {

// Makes `folder` with all that is missing above it; one that is there, or an empty path, is fine.
// Throws Error kDiskFull or, with `remedy`, kOutputUnwritable, naming `folder`. Thread safe.
void make_folder(const std::filesystem::path& folder,
                 std::string_view remedy = "choose another place with -o");

}  // namespace stylize
