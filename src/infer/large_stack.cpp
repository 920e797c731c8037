#include "large_stack.h"

#include <pthread.h>

#include <exception>

#include "stylize/core/error.h"

namespace stylize {
namespace {

struct Task {
  const std::function<void()>& work;
  std::exception_ptr failure;
};

void* run_task(void* pointer) {
  auto* task = static_cast<Task*>(pointer);
  try {
    task->work();
  } catch (...) {
    task->failure = std::current_exception();
  }
  return nullptr;
}

}  // namespace

void run_with_stack(std::size_t bytes, const std::function<void()>& work) {
  // std::thread cannot be given a stack size.
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  Task task{work, nullptr};
  pthread_t thread{};
  const bool started = pthread_attr_setstacksize(&attributes, bytes) == 0 &&
                       pthread_create(&thread, &attributes, run_task, &task) == 0;
  pthread_attr_destroy(&attributes);
  if (!started) {
    throw Error(ErrorCode::kOutOfMemory, {}, "no memory to load the model",
                "close other programs, or raise the limit (ulimit -v)");
  }
  pthread_join(thread, nullptr);
  if (task.failure) {
    std::rethrow_exception(task.failure);
  }
}

}  // namespace stylize
