#include "unfinished_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>

namespace stylize {
namespace {

namespace fs = std::filesystem;

// What umask() would say: to ask it is to set it, and for that moment other threads would make
// files and folders that everyone may write.
mode_t creation_mask() {
  constexpr mode_t kUsual = 0022;  // without /proc
  constexpr std::string_view kKey = "Umask:";
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kKey)) {
      return static_cast<mode_t>(std::strtoul(line.c_str() + kKey.size(), nullptr, 8));
    }
  }
  return kUsual;
}

// mkstemp makes files private; outputs are ordinary files.
mode_t wanted_mode(const fs::path& path) {
  struct stat existing {};
  if (::stat(path.c_str(), &existing) == 0) {
    return existing.st_mode & 07777U;
  }
  return 0666U & ~creation_mask();
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

// Completes `name`.
int create(std::string& name, const fs::path& path) {
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) {
    throw write_error(path, errno);
  }
  return descriptor;
}

}  // namespace

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

UnfinishedFile::UnfinishedFile(const fs::path& path, const fs::path& folder)
    : path_(path), name_((folder / ".stylize-XXXXXX").string()), descriptor_(create(name_, path)) {}

UnfinishedFile::~UnfinishedFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
  if (!name_.empty()) {
    ::unlink(name_.c_str());
  }
}

void UnfinishedFile::publish_as_final(Overwrite overwrite) {
  int error = 0;
  if (::fchmod(descriptor_, wanted_mode(path_)) != 0 && errno != EPERM) {
    error = errno;  // EPERM: file systems without permissions, e.g. FAT
  }
  if (error == 0 && ::fsync(descriptor_) != 0) {
    error = errno;
  }
  // Closing reports errors that a network file system has kept until then.
  if (::close(std::exchange(descriptor_, -1)) != 0 && error == 0) {
    error = errno;
  }
  if (error == 0) {
    error = publish(name_, path_, overwrite);
  }
  check(error);
  if (overwrite == Overwrite::kYes) {
    name_.clear();  // renamed; a link leaves the temporary name to be removed
  }
}

void UnfinishedFile::check(int error) const {
  if (error == EEXIST) {
    throw Error(ErrorCode::kOutputExists, path_.string(), "exists already",
                "-y overwrites, --on-exists skip or rename keeps it");
  }
  if (error != 0) {
    throw write_error(path_, error);
  }
}

}  // namespace stylize
