#include "stylize/pipeline/job_planner.h"

#include <algorithm>
#include <set>
#include <system_error>

#include "output_paths.h"
#include "stylize/core/error.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStream = "-";

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool means_folder(const ImageRequest& request) {
  const std::string& output = *request.output;
  return request.inputs.size() > 1 || is_folder(output) || output.empty() || output.back() == '/';
}

std::string default_name(const fs::path& input, const ImageRequest& request) {
  const std::string stem = input.empty() ? "stdin" : input.stem().string();
  return stem + "." + request.style + output_ending(input, request.format);
}

fs::path output_path(const fs::path& input, const ImageRequest& request) {
  if (!request.output) {
    return input.parent_path() / default_name(input, request);
  }
  if (means_folder(request)) {
    return fs::path(*request.output) / default_name(input, request);
  }
  return *request.output;
}

Job plan_one(const std::string& input, const ImageRequest& request) {
  Job job;
  if (input != kStream) {
    job.input = input;
  }
  const bool to_stdout = request.output ? *request.output == kStream : job.reads_stdin();
  if (to_stdout) {
    job.format = request.format;
    return job;
  }
  job.output = output_path(job.input, request);
  job.format = promised_format(job.output, request.format);
  return job;
}

void check_streams(const ImageRequest& request) {
  const auto streams = std::count(request.inputs.begin(), request.inputs.end(), kStream);
  if (streams > 1) {
    throw Error(ErrorCode::kUsage, "-", "standard input can be read only once");
  }
  if (request.output == kStream && request.inputs.size() > 1) {
    throw Error(ErrorCode::kUsage, "-o -", "only one picture can go to standard output",
                "name one input, or a folder with -o");
  }
  if (streams == 1 && request.inputs.size() > 1 && !request.output) {
    throw Error(ErrorCode::kUsage, "-", "standard input together with files needs -o FOLDER");
  }
}

void rename_taken_outputs(std::vector<Job>& jobs) {
  std::set<std::string> taken;
  for (Job& job : jobs) {
    if (job.writes_stdout()) {
      continue;
    }
    if (is_taken(job.output) || taken.contains(path_identity(job.output))) {
      job.output = free_name(job.output, taken);
    }
    taken.insert(path_identity(job.output));
  }
}

void apply_exists_policy(std::vector<Job>& jobs, OnExists policy) {
  for (Job& job : jobs) {
    if (job.writes_stdout()) {
      continue;
    }
    job.overwrite = policy == OnExists::kOverwrite;
    if (!is_taken(job.output)) {
      continue;
    }
    check_replaceable(job.output);
    if (policy == OnExists::kError) {
      throw Error(ErrorCode::kOutputExists, job.output.string(), "exists already",
                  "-y overwrites; --on-exists skip or rename keeps it");
    }
    job.skip = policy == OnExists::kSkip;
  }
}

}  // namespace

void check_not_in_use(const fs::path& path, const std::vector<Job>& jobs) {
  const std::string identity = path_identity(path);
  for (const Job& job : jobs) {
    const bool is_input = !job.reads_stdin() && path_identity(job.input) == identity;
    const bool is_output = !job.writes_stdout() && path_identity(job.output) == identity;
    if (is_input || is_output) {
      throw Error(ErrorCode::kUsage, path.string(),
                  is_input ? "is an input; inputs are never modified" : "is an output already",
                  "choose another name");
    }
  }
}

std::string Job::input_name() const { return reads_stdin() ? kStream : input.string(); }
std::string Job::output_name() const { return writes_stdout() ? kStream : output.string(); }

std::vector<Job> plan_image_jobs(const ImageRequest& request) {
  check_streams(request);
  std::vector<Job> jobs;
  jobs.reserve(request.inputs.size());
  for (const std::string& input : request.inputs) {
    jobs.push_back(plan_one(input, request));
  }
  follow_links(jobs);
  if (request.on_exists == OnExists::kRename) {
    rename_taken_outputs(jobs);
  }
  // An output that exists stays as it is where existing ones are skipped, an input among them.
  if (request.on_exists != OnExists::kSkip) {
    check_inputs_survive(jobs);
  }
  check_collisions(jobs);
  apply_exists_policy(jobs, request.on_exists);
  return jobs;
}

}  // namespace stylize
