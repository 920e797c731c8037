#include "stylize/media/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

// A new file that gets its final name once it is finished, and leaves nothing if it is not.
class UnfinishedFile {
 public:
  UnfinishedFile(const fs::path& path, const fs::path& folder)
      // A short name of its own: the final name may already be as long as names can be.
      : path_(path),
        name_((folder / ".stylize-XXXXXX").string()),
        file_(create(name_, path)),
        guard_(name_) {}

  [[nodiscard]] int descriptor() const { return file_.get(); }

  void publish_as_final(Overwrite overwrite) {
    int error = 0;
    if (::fchmod(file_.get(), wanted_mode(path_)) != 0 && errno != EPERM) {
      error = errno;  // EPERM: file systems without permissions, e.g. FAT
    }
    if (error == 0 && ::fsync(file_.get()) != 0) {
      error = errno;
    }
    if (error == 0 && !file_.close()) {
      error = errno;
    }
    if (error == 0) {
      error = publish(name_, path_, overwrite);
    }
    check(error);
    if (overwrite == Overwrite::kYes) {
      guard_.release();  // renamed; a link leaves the temporary name to be removed
    }
  }

  // `error` is 0 or of errno.
  void check(int error) const {
    if (error == EEXIST) {
      throw Error(ErrorCode::kOutputExists, path_.string(), "exists already",
                  "-y overwrites, --on-exists skip or rename keeps it");
    }
    if (error != 0) {
      throw write_error(path_, error);
    }
  }

 private:
  // Completes `name`.
  static int create(std::string& name, const fs::path& path) {
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) {
      throw write_error(path, errno);
    }
    return descriptor;
  }

  fs::path path_;
  std::string name_;
  FileDescriptor file_;
  TemporaryName guard_;
};

// Where the unfinished file lies: a rename works within one file system only.
fs::path folder_for(const fs::path& path, const fs::path& preferred) {
  struct stat wanted {};
  struct stat target {};
  const fs::path own = path.parent_path();
  const bool same = !preferred.empty() && ::stat(preferred.c_str(), &wanted) == 0 &&
                    ::stat(own.empty() ? "." : own.c_str(), &target) == 0 &&
                    wanted.st_dev == target.st_dev;
  return same ? preferred : own;
}

// Returns 0, or errno of reading or writing.
int copy_all(int from, int to) {
  constexpr std::size_t kBlock = 1U << 20U;
  std::vector<std::byte> block(kBlock);
  for (;;) {
    const ssize_t count = ::read(from, block.data(), block.size());
    if (count == 0) {
      return 0;
    }
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno;
    }
    if (const int error = write_all(to, std::span(block).first(static_cast<std::size_t>(count)));
        error != 0) {
      return error;
    }
  }
}

int open_source(const fs::path& from) {
  const int descriptor = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw Error(ErrorCode::kInputMissing, from.string(),
                std::string("cannot be read: ") + std::strerror(errno));
  }
  return descriptor;
}

void check_stdout(int error) {
  if (error == EPIPE) {
    throw Error(ErrorCode::kOutputUnwritable, "standard output", "the reader went away");
  }
  if (error != 0) {
    throw write_error("standard output", error);
  }
}

}  // namespace

void write_file_atomically(const fs::path& path, std::span<const std::byte> bytes,
                           Overwrite overwrite, const fs::path& temporary_folder) {
  UnfinishedFile file(path, folder_for(path, temporary_folder));
  file.check(write_all(file.descriptor(), bytes));
  file.publish_as_final(overwrite);
}

void copy_file_atomically(const fs::path& from, const fs::path& path, Overwrite overwrite,
                          const fs::path& temporary_folder) {
  const FileDescriptor source(open_source(from));
  UnfinishedFile file(path, folder_for(path, temporary_folder));
  file.check(copy_all(source.get(), file.descriptor()));
  file.publish_as_final(overwrite);
}

void write_to_stdout(std::span<const std::byte> bytes) {
  check_stdout(write_all(STDOUT_FILENO, bytes));
}

void copy_file_to_stdout(const fs::path& from) {
  const FileDescriptor source(open_source(from));
  check_stdout(copy_all(source.get(), STDOUT_FILENO));
}

}  // namespace stylize
