// A new file that gets its final name once it is finished, and leaves nothing if it is not.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "stylize/core/error.h"
#include "stylize/media/atomic_file.h"

namespace stylize {

// The error for an `errno` of writing `path`: kDiskFull or kOutputUnwritable.
Error write_error(const std::filesystem::path& path, int error);

// Writes all of `bytes`; returns 0, or errno.
int write_all(int descriptor, std::span<const std::byte> bytes);

// Lies in `folder`, which must be on the file system of `path`, under a short name of its own: the
// final one may already be as long as names can be. Throws Error kOutputUnwritable, kDiskFull or
// kOutputExists, naming `path`. Not thread safe.
class UnfinishedFile {
 public:
  UnfinishedFile(const std::filesystem::path& path, const std::filesystem::path& folder);
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] const std::string& temporary_name() const { return name_; }

  // Forces it to the disk and renames it to `path`; with Overwrite::kNo an existing file stays. A
  // new file gets the usual permissions, a replaced one keeps its own.
  void publish_as_final(Overwrite overwrite);

  // `error` is 0 or of errno.
  void check(int error) const;

 private:
  std::filesystem::path path_;
  std::string name_;  // empty: nothing to remove
  int descriptor_;
};

}  // namespace stylize
