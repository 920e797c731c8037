#include "stylize/media/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "stylize/core/error.h"
#include "unfinished_file.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

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

 private:
  int descriptor_;
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
