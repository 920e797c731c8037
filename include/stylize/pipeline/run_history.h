// What earlier runs into a folder have done.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stylize/face/face.h"

namespace stylize {

// One job that ended well. An empty `output` means that nothing was to be written.
struct RunRecord {
  std::string job;     // Job::id
  std::string key;     // of the input's content and all parameters
  std::string output;  // relative to the output folder
  std::string status;  // "done", "copied", "skipped"
  std::string note;
  std::uintmax_t size = 0;  // bytes of the output
  int width = 0;
  int height = 0;
  std::vector<Face> faces;  // boxes and confidences
};

// Where a folder's run keeps what it knows: inside the output folder.
std::filesystem::path run_state_folder(const std::filesystem::path& output_folder);

// One JSON line each: a record, or that `size` bytes are about to appear as the job's output. `at`
// is the time in milliseconds since 1970. What is not UTF-8 is kept byte for byte.
std::string record_line(const RunRecord& record, std::int64_t at);
std::string begin_line(std::string_view job, std::string_view output, std::uintmax_t size,
                       std::int64_t at);

// All records of all runs and shards in an output folder, read once; the latest of a job and output
// counts, so that runs with other names (a style in them) do not forget each other. Lines that a
// killed run left unfinished are passed over. Immutable, thread safe.
class RunHistory {
 public:
  RunHistory() = default;  // nothing was done yet
  explicit RunHistory(const std::filesystem::path& output_folder);

  // The record of what was last done for `job` into `output`, if that is still there, of the same
  // size; or that nothing was to be written.
  [[nodiscard]] const RunRecord* find(const std::string& job, const std::string& output) const;

  // Whether `output` is there and, by its size, what a run into this folder has made or begun to
  // publish for `job`.
  [[nodiscard]] bool is_own_output(const std::string& job, const std::string& output) const;

  [[nodiscard]] bool empty() const { return jobs_.empty(); }

 private:
  struct Known {  // of a job and an output
    std::optional<RunRecord> record;
    std::vector<std::uintmax_t> begun;  // sizes of the begin_lines without a record behind them
    std::int64_t at = 0;                // of the latest line
  };
  void read(const std::filesystem::path& file);
  [[nodiscard]] bool has_size(const std::string& output, std::uintmax_t size) const;

  std::filesystem::path folder_;
  std::map<std::string, std::map<std::string, Known>> jobs_;  // by job, by output
};

}  // namespace stylize
