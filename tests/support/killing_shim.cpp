// Preloaded into a process, kills it before the call that changes a file or folder whose number,
// counted from 0, is in KILLED_AT_STEP.
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

void count_step() {
  static std::atomic<long> steps{0};
  const char* last = std::getenv("KILLED_AT_STEP");
  if (last != nullptr && steps++ == std::atol(last)) {
    ::kill(::getpid(), SIGKILL);
  }
}

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* data, size_t size) {
  static auto* const kReal = real<ssize_t(int, const void*, size_t)>("write");
  struct stat status {};
  if (descriptor > 2 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    count_step();
  }
  return kReal(descriptor, data, size);
}

int fsync(int descriptor) {
  static auto* const kReal = real<int(int)>("fsync");
  count_step();
  return kReal(descriptor);
}

int link(const char* from, const char* to) noexcept {
  static auto* const kReal = real<int(const char*, const char*)>("link");
  count_step();
  return kReal(from, to);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const kReal = real<int(const char*, const char*)>("rename");
  count_step();
  return kReal(from, to);
}

int unlink(const char* path) noexcept {
  static auto* const kReal = real<int(const char*)>("unlink");
  count_step();
  return kReal(path);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  static auto* const kReal = real<int(int, const char*, int)>("unlinkat");
  count_step();
  return kReal(folder, path, flags);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const kReal = real<int(const char*, mode_t)>("mkdir");
  count_step();
  return kReal(path, mode);
}

}  // extern "C"
