// One part of a batch that several machines share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace stylize {

struct Shard {
  int index = 1;  // 1..count
  int count = 1;

  // Decided by a hash of the path in the tree alone (the first 8 bytes of its SHA-256, modulo
  // count), so that files that come or go do not move others to another shard.
  [[nodiscard]] bool has(std::string_view id) const;

  // "2-of-4", for names of files.
  [[nodiscard]] std::string name() const;
};

// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> process_environment(const std::string& name);

// "I/N", or "auto": a step of a Slurm array job (SLURM_ARRAY_TASK_ID, _MIN, _MAX, _COUNT, _STEP) or
// a pod of a Kubernetes Indexed Job (JOB_COMPLETION_INDEX from 0, and STYLIZE_SHARD_COUNT). Throws
// Error kUsage for other text, variables that are missing or make no sense, and arrays with gaps
// (1,3,7), in which no one can tell the place of a task.
Shard parse_shard(const std::string& text, const Environment& environment);

}  // namespace stylize
