// Files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <span>

namespace stylize {

enum class Overwrite { kNo, kYes };

// Writes `bytes` to a temporary file in the same folder, forces it to the disk and renames it to
// `path`; with Overwrite::kNo an existing file is left as it is. Whatever fails, nothing stays
// behind and an old `path` is untouched. A new file gets the usual permissions, a replaced one
// keeps its own. The temporary file lies in `temporary_folder` if that is on the same file system.
// Throws Error kOutputUnwritable, kDiskFull or kOutputExists, naming `path`.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes,
                           Overwrite overwrite, const std::filesystem::path& temporary_folder = {});

// The same with the bytes of a file of any size. Also throws kInputMissing.
void copy_file_atomically(const std::filesystem::path& from, const std::filesystem::path& path,
                          Overwrite overwrite, const std::filesystem::path& temporary_folder = {});

// Writes to standard output. Throws Error kOutputUnwritable or kDiskFull.
void write_to_stdout(std::span<const std::byte> bytes);

// Writes a file's bytes there. Also throws kInputMissing.
void copy_file_to_stdout(const std::filesystem::path& from);

}  // namespace stylize
