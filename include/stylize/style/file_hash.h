// SHA-256 of files and of bytes in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace stylize {

// Lower-case hexadecimal. Throws Error kModelMissing when the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);
std::string sha256_of_bytes(std::span<const std::uint8_t> bytes);

}  // namespace stylize
