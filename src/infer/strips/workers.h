// Jobs shared among the threads that LibTorch computes with.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "scratch.h"

namespace stylize::strips {

// One call at a time: keeps each thread's scratch memory from call to call.
class Workers {
 public:
  // `run(job, scratch)` for each job from 0 on, in any order, several at once; `scratch` is the
  // thread's own. Throws what a job throws.
  void share(std::int64_t jobs, const std::function<void(std::int64_t, Scratch&)>& run);

 private:
  std::vector<Scratch> scratch_;  // of each thread
};

}  // namespace stylize::strips
