// Hashes of large files, remembered from one run of the program to the next.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace stylize {

// Hashing an encoder of 1.2 GB takes seconds, at every start. So the hash is kept, in one small
// file a model in the user's own cache, together with the model's device, inode, size and times,
// and holds as long as these stay: whatever writes to a file sets its time of status change
// (ctime), which no program can set back. A file that changed less than `settling` before it was
// hashed is not remembered, since a change within the same tick of the clock would not show. Thread
// safe, and so between processes: files in the cache appear whole.
class HashCache {
 public:
  // `folder` is made when needed; empty: nothing is remembered.
  explicit HashCache(std::filesystem::path folder,
                     std::chrono::nanoseconds settling = std::chrono::seconds(2));

  // sha256_of_file(file), if need be. Files below 32 MB are always hashed. A cache that cannot be
  // read or written is none. Throws what sha256_of_file throws.
  [[nodiscard]] std::string sha256(const std::filesystem::path& file) const;

 private:
  std::filesystem::path folder_;
  std::chrono::nanoseconds settling_;
};

}  // namespace stylize
