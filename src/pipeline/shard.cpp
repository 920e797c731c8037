#include "stylize/pipeline/shard.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "stylize/core/error.h"
#include "stylize/style/file_hash.h"

namespace stylize {
namespace {

constexpr int kMostShards = 1'000'000;

std::optional<int> to_number(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, number);
  return status == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

Error auto_error(const std::string& reason, const std::string& remedy = "use --shard I/N") {
  return {ErrorCode::kUsage, "--shard auto", reason, remedy};
}

int required_number(const std::string& name, const Environment& environment) {
  const std::optional<std::string> text = environment(name);
  if (!text) {
    throw auto_error(name + " is not set");
  }
  const std::optional<int> number = to_number(*text);
  if (!number || *number < 0) {
    throw auto_error(name + " is '" + *text + "', not a number");
  }
  return *number;
}

Shard slurm_shard(const Environment& environment) {
  const int task = required_number("SLURM_ARRAY_TASK_ID", environment);
  const int first = required_number("SLURM_ARRAY_TASK_MIN", environment);
  const int last = required_number("SLURM_ARRAY_TASK_MAX", environment);
  const int count = required_number("SLURM_ARRAY_TASK_COUNT", environment);
  // An array such as 0-30:10 has a step; of a list such as 1,3,7 Slurm says that it is 1.
  const int step = environment("SLURM_ARRAY_TASK_STEP")
                       ? required_number("SLURM_ARRAY_TASK_STEP", environment)
                       : 1;
  const bool regular = count >= 1 && step >= 1 && first + step * (count - 1) == last &&
                       task >= first && task <= last && (task - first) % step == 0;
  if (!regular) {
    throw auto_error("the array has gaps: " + std::to_string(count) + " tasks from " +
                         std::to_string(first) + " to " + std::to_string(last),
                     "number the array without gaps, e.g. --array=1-" + std::to_string(count));
  }
  return {(task - first) / step + 1, count};
}

Shard kubernetes_shard(const Environment& environment) {
  const int index = required_number("JOB_COMPLETION_INDEX", environment);
  const int count = required_number("STYLIZE_SHARD_COUNT", environment);
  if (index >= count) {
    throw auto_error("JOB_COMPLETION_INDEX is " + std::to_string(index) +
                         ", but STYLIZE_SHARD_COUNT only " + std::to_string(count),
                     "set STYLIZE_SHARD_COUNT to the job's completions");
  }
  return {index + 1, count};
}

}  // namespace

bool Shard::has(std::string_view id) const {
  constexpr int kHexadecimal = 16;
  const std::string hash =
      sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(id.data()), id.size()});
  std::uint64_t number = 0;
  std::from_chars(hash.data(), hash.data() + sizeof(number) * 2, number, kHexadecimal);
  return number % static_cast<std::uint64_t>(count) == static_cast<std::uint64_t>(index - 1);
}

std::string Shard::name() const { return std::to_string(index) + "-of-" + std::to_string(count); }

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

Shard parse_shard(const std::string& text, const Environment& environment) {
  if (text == "auto") {
    if (environment("SLURM_ARRAY_TASK_ID")) {
      return slurm_shard(environment);
    }
    if (environment("JOB_COMPLETION_INDEX")) {
      return kubernetes_shard(environment);
    }
    throw auto_error("this is neither a task of a Slurm array nor a pod of an Indexed Job");
  }
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const std::optional<int> index = to_number(std::string_view(text).substr(0, slash));
    const std::optional<int> count = to_number(std::string_view(text).substr(slash + 1));
    if (index && count && *count >= 1 && *count <= kMostShards && *index >= 1 && *index <= *count) {
      return {*index, *count};
    }
  }
  throw Error(ErrorCode::kUsage, "--shard " + text, "must be I/N with I from 1 to N, or auto");
}

}  // namespace stylize
