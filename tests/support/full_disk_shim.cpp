// Preloaded into a process, makes write() to regular files fail with ENOSPC once FULL_DISK_AFTER
// bytes have been written, short writes included, as a full file system does.
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

using WriteFunction = ssize_t (*)(int, const void*, size_t);

long capacity() {
  const char* text = std::getenv("FULL_DISK_AFTER");
  return text == nullptr ? 0 : std::atol(text);
}

}  // namespace

extern "C" ssize_t write(int descriptor, const void* data, size_t size) {
  static const auto kRealWrite = reinterpret_cast<WriteFunction>(dlsym(RTLD_NEXT, "write"));
  static std::atomic<long> left{capacity()};
  struct stat status {};
  if (descriptor <= 2 || fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    return kRealWrite(descriptor, data, size);
  }
  const long allowed = std::min<long>(left.load(), static_cast<long>(size));
  if (allowed <= 0) {
    errno = ENOSPC;
    return -1;
  }
  left -= allowed;
  return kRealWrite(descriptor, data, static_cast<size_t>(allowed));
}
