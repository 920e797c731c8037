#include "workers.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace stylize::strips {

void Workers::share(std::int64_t jobs, const std::function<void(std::int64_t, Scratch&)>& run) {
  const std::int64_t threads = at::get_num_threads();
  scratch_.resize(std::max(scratch_.size(), static_cast<std::size_t>(threads)));
  std::atomic<std::int64_t> next{0};
  at::parallel_for(0, threads, 1, [&](std::int64_t begin, std::int64_t end) {
    const c10::InferenceMode inference;
    for (std::int64_t thread = begin; thread < end; ++thread) {
      for (std::int64_t job = next++; job < jobs; job = next++) {
        run(job, scratch_[static_cast<std::size_t>(thread)]);
      }
    }
  });
}

}  // namespace stylize::strips
