// What happens where the system refuses a thread or a folder. Calls of this program's libraries go
// through the functions below, which fail when a test asks for it.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/stat.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>

#include "fake_batch.h"
#include "stylize/core/error.h"
#include "stylize/media/make_folder.h"
#include "watchdog.h"

using namespace stylize;
using namespace stylize::test;
using Catch::Contains;

namespace {

// Of this thread alone: those that libraries start have no part in it.
thread_local int threads_left = -1;  // -1: as many as wanted
constexpr std::string_view kFullDisk = "full-disk";

// So many threads can be started from here while it lives.
struct ThreadLimit {
  explicit ThreadLimit(int threads) { threads_left = threads; }
  ~ThreadLimit() { threads_left = -1; }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
};

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int pthread_create(pthread_t* thread,
                                                          const pthread_attr_t* attributes,
                                                          void* (*routine)(void*),
                                                          void* argument) noexcept {
  static auto* const kReal = real<decltype(pthread_create)>("pthread_create");
  if (threads_left == 0) {
    return EAGAIN;
  }
  threads_left -= threads_left > 0 ? 1 : 0;
  return kReal(thread, attributes, routine, argument);
}

__attribute__((visibility("default"))) int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const kReal = real<decltype(mkdir)>("mkdir");
  if (std::string_view(path).find(kFullDisk) != std::string_view::npos) {
    errno = ENOSPC;
    return -1;
  }
  return kReal(path, mode);
}

}  // extern "C"

TEST_CASE("a batch that cannot start a thread ends, and says so", "[pipeline]") {
  const Watchdog watchdog;
  // Two that save, three that load, one that draws beside this one.
  const int limit = GENERATE(0, 1, 2, 3, 4, 5);
  NumberedBatch batch(30);
  batch.options.threads = {.load = 3, .save = 2};
  batch.options.memory = 1000;
  {
    const ThreadLimit few(limit);
    CHECK_THROWS_WITH(batch.run(2), Contains("cannot start another thread") && Contains("--jobs"));
  }
  CHECK(batch.is_tidy());
}

TEST_CASE("a batch takes no more threads than its stages need", "[pipeline]") {
  const Watchdog watchdog;
  NumberedBatch batch(30);
  batch.options.threads = {.load = 3, .save = 2};
  const ThreadLimit enough(6);
  CHECK(batch.run(2).done == 30);
}

TEST_CASE("a disk without room for a folder stops the batch", "[pipeline]") {
  const Watchdog watchdog;
  NumberedBatch batch(50);
  batch.jobs.front().output = batch.dir.path() / kFullDisk / "0.png";
  std::atomic<int> drawn{0};
  batch.steps.run = [&](const std::vector<int>&) { ++drawn; };
  const BatchSummary summary = batch.run();
  CHECK(batch.result(0).failure->code == ErrorCode::kDiskFull);
  CHECK_THAT(batch.result(0).failure->message, Contains("the disk is full"));
  CHECK(summary.failed == 1);
  CHECK(drawn < 50);
}

TEST_CASE("folders are made with all above them, or it is said why not", "[media]") {
  const TempDir dir;
  make_folder({});
  make_folder(dir.path() / "a/b/c");
  make_folder(dir.path() / "a/b/c");  // is there
  CHECK(std::filesystem::is_directory(dir.path() / "a/b/c"));
  write_file(dir / "file", "");
  CHECK_THROWS_WITH(make_folder(dir.path() / "file"), Contains("cannot create the folder"));
  CHECK_THROWS_WITH(make_folder(dir.path() / "file/below"), Contains("file/below"));
  CHECK_THROWS_WITH(make_folder(dir.path() / kFullDisk), Contains("the disk is full"));
}
