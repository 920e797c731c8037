#include "stylize/media/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "stylize/core/error.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

Error write_error(const fs::path& path, int error) {
  const std::string name = path.string();
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return {ErrorCode::kDiskFull, name, "cannot write: the disk is full",
              "free some space; no partial file was left"};
    case EFBIG:
      return {ErrorCode::kOutputUnwritable, name,
              "cannot write: the file is too large for the limits set"};
    case EACCES:
    case EPERM:
    case EROFS:
      return {ErrorCode::kOutputUnwritable, name, "cannot write: permission denied",
              "choose another place with -o"};
    case ENOENT:
    case ENOTDIR:
      return {ErrorCode::kOutputUnwritable, name, "cannot write: the folder does not exist"};
    case ENAMETOOLONG:
      return {ErrorCode::kOutputUnwritable, name, "cannot write: the file name is too long",
              "choose a shorter one with -o"};
    default:
      return {ErrorCode::kOutputUnwritable, name,
              std::string("cannot write: ") + std::strerror(error)};
  }
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~FileDescriptor() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  [[nodiscard]] int get() const { return descriptor_; }
  // Closing reports errors that a network file system has kept until then.
  [[nodiscard]] bool close() { return ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

// Removes its file unless released.
class TemporaryName {
 public:
  explicit TemporaryName(std::string name) : name_(std::move(name)) {}
  ~TemporaryName() {
    if (!name_.empty()) {
      ::unlink(name_.c_str());
    }
  }
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;

  void release() { name_.clear(); }

 private:
  std::string name_;
};

// Returns 0, or errno.
int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

// mkstemp makes files private; outputs are ordinary files.
mode_t wanted_mode(const fs::path& path) {
  struct stat existing {};
  if (::stat(path.c_str(), &existing) == 0) {
    return existing.st_mode & 07777U;
  }
  // The mask can be read only by setting it, so that is done once.
  static const mode_t kMask = [] {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return mask;
  }();
  return 0666U & ~kMask;
}

// Gives the finished temporary file its name. link refuses to replace, rename replaces.
int publish(const std::string& temporary, const fs::path& path, Overwrite overwrite) {
  if (overwrite == Overwrite::kYes) {
    return ::rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
  }
  if (::link(temporary.c_str(), path.c_str()) == 0) {
    return 0;
  }
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK) {
    return errno;
  }
  // A file system without hard links: check, then rename.
  if (::access(path.c_str(), F_OK) == 0) {
    return EEXIST;
  }
  return ::rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
}

}  // namespace

void write_file_atomically(const fs::path& path, std::span<const std::byte> bytes,
                           Overwrite overwrite) {
  // A short name of its own: the final name may already be as long as names can be.
  std::string temporary = (path.parent_path() / ".stylize-XXXXXX").string();
  FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) {
    throw write_error(path, errno);
  }
  TemporaryName guard(temporary);
  int error = write_all(file.get(), bytes);
  if (error == 0 && ::fchmod(file.get(), wanted_mode(path)) != 0 && errno != EPERM) {
    error = errno;  // EPERM: file systems without permissions, e.g. FAT
  }
  if (error == 0 && ::fsync(file.get()) != 0) {
    error = errno;
  }
  if (error == 0 && !file.close()) {
    error = errno;
  }
  if (error == 0) {
    error = publish(temporary, path, overwrite);
  }
  if (error == EEXIST) {
    throw Error(ErrorCode::kOutputExists, path.string(), "exists already",
                "-y overwrites, --on-exists skip or rename keeps it");
  }
  if (error != 0) {
    throw write_error(path, error);
  }
  if (overwrite == Overwrite::kYes) {
    guard.release();  // renamed; a link leaves the temporary name to be removed
  }
}

void write_to_stdout(std::span<const std::byte> bytes) {
  if (const int error = write_all(STDOUT_FILENO, bytes); error != 0) {
    if (error == EPIPE) {
      throw Error(ErrorCode::kOutputUnwritable, "standard output", "the reader went away");
    }
    throw write_error("standard output", error);
  }
}

}  // namespace stylize
