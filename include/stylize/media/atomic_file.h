// Files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <span>

namespace stylize {

enum class Overwrite { kNo, kYes };

// Writes `bytes` to a temporary file in the same folder, forces it to the disk and renames it to
// `path`; with Overwrite::kNo an existing file is left as it is. Whatever fails, nothing stays
// behind and an old `path` is untouched. A new file gets the usual permissions, a replaced one
// keeps its own. Throws Error kOutputUnwritable, kDiskFull or kOutputExists, naming `path`.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes,
                           Overwrite overwrite);

// Writes to standard output. Throws Error kOutputUnwritable or kDiskFull.
void write_to_stdout(std::span<const std::byte> bytes);

}  // namespace stylize
