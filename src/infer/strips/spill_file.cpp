#include "spill_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "stylize/core/byte_size.h"
#include "stylize/core/error.h"

namespace stylize::strips {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHint =
    "set TMPDIR to a folder on another disk, or use a larger --max-memory, --tile fast or a "
    "smaller --work-size";

// The mapping keeps the file open.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void throw_unwritable(const fs::path& folder, int error) {
  throw Error(ErrorCode::kOutputUnwritable, folder.string(),
              std::string("cannot make a temporary file for what does not fit into memory: ") +
                  std::strerror(error),
              kHint);
}

int open_nameless(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
    return file;
  }
  // A file system without them.
  std::string name = (folder / "stylize-XXXXXX").string();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) {
    ::unlink(name.c_str());
  }
  return named;
}

}  // namespace

void* map_spill_file(const fs::path& folder, std::size_t bytes) {
  const Descriptor file(open_nameless(folder));
  if (file.number() < 0) {
    throw_unwritable(folder, errno);
  }
  int failed = EINTR;
  while (failed == EINTR) {
    failed = ::posix_fallocate(file.number(), 0, static_cast<off_t>(bytes));
  }
  if (failed == ENOSPC || failed == EFBIG || failed == EDQUOT) {
    throw Error(ErrorCode::kDiskFull, folder.string(),
                "no room for " + format_byte_size(bytes) + " that do not fit into memory", kHint);
  }
  if (failed != 0) {
    throw_unwritable(folder, failed);
  }
  void* const data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (data == MAP_FAILED) {
    throw std::bad_alloc();
  }
  return data;
}

}  // namespace stylize::strips
