#include "planned_jobs.h"

#include <algorithm>
#include <cstdio>

#include "stylize/core/error.h"

namespace stylize::cli {

void check_dry_run(const PictureOptions& options) {
  if (options.json && options.dry_run) {
    throw Error(ErrorCode::kUsage, "--dry-run", "makes no JSON", "leave out --json");
  }
}

void print_plan(const std::vector<Job>& jobs) {
  for (const Job& job : jobs) {
    std::printf("%s -> %s%s\n", job.input_name().c_str(), job.output_name().c_str(),
                job.skip ? "  (exists, skipped)" : "");
  }
}

bool has_work(const std::vector<Job>& jobs) {
  return std::any_of(jobs.begin(), jobs.end(), [](const Job& job) { return !job.skip; });
}

}  // namespace stylize::cli
