// SHA-256 of files.
#pragma once

#include <filesystem>
#include <string>

namespace stylize {

// Lower-case hexadecimal. Throws Error kModelMissing when the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace stylize
