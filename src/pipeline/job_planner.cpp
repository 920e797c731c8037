#include "stylize/pipeline/job_planner.h"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include "stylize/core/error.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStream = "-";

// One spelling a file, existing or not.
std::string identity(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  const fs::path canonical = fs::weakly_canonical(absolute, error);
  return (error ? absolute.lexically_normal() : canonical).string();
}

bool is_taken(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool means_folder(const ImageRequest& request) {
  const std::string& output = *request.output;
  return request.inputs.size() > 1 || is_folder(output) || output.empty() || output.back() == '/';
}

std::string default_name(const fs::path& input, const ImageRequest& request) {
  std::string extension = input.extension().string();
  if (request.format) {
    extension = default_extension(*request.format);
  } else if (!find_format(extension)) {
    extension = default_extension(ImageFormat::kPng);
  }
  const std::string stem = input.empty() ? "stdin" : input.stem().string();
  return stem + "." + request.style + extension;
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

// A file is written in the format its name promises.
std::optional<ImageFormat> output_format(const fs::path& output, const ImageRequest& request) {
  const std::string extension = output.extension().string();
  if (extension.empty()) {
    return request.format;
  }
  const std::optional<ImageFormat> named = find_format(extension);
  if (!named) {
    if (request.format) {
      return request.format;
    }
    throw Error(ErrorCode::kUsage, output.string(),
                "cannot write files of type '" + extension + "'", "choose " + format_list());
  }
  if (request.format && request.format != named) {
    throw Error(ErrorCode::kUsage, output.string(),
                "its ending contradicts -f " + std::string(format_name(*request.format)),
                "leave one of them out");
  }
  return named;
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
  job.format = output_format(job.output, request);
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

void check_inputs_survive(const std::vector<Job>& jobs) {
  std::set<std::string> inputs;
  for (const Job& job : jobs) {
    if (!job.reads_stdin()) {
      inputs.insert(identity(job.input));
    }
  }
  for (const Job& job : jobs) {
    if (!job.writes_stdout() && inputs.contains(identity(job.output))) {
      throw Error(ErrorCode::kUsage, job.output.string(),
                  "the output would replace an input; inputs are never modified",
                  "choose another name with -o");
    }
  }
}

// A link is written through, to the file it names, instead of being replaced by one.
void follow_links(std::vector<Job>& jobs) {
  for (Job& job : jobs) {
    std::error_code ignored;
    if (!job.writes_stdout() && fs::is_symlink(fs::symlink_status(job.output, ignored))) {
      job.output = identity(job.output);
    }
  }
}

fs::path free_name(const fs::path& wanted, const std::set<std::string>& taken) {
  for (int number = 1;; ++number) {
    fs::path candidate =
        wanted.parent_path() /
        (wanted.stem().string() + "-" + std::to_string(number) + wanted.extension().string());
    if (!is_taken(candidate) && !taken.contains(identity(candidate))) {
      return candidate;
    }
  }
}

void rename_taken_outputs(std::vector<Job>& jobs) {
  std::set<std::string> taken;
  for (Job& job : jobs) {
    if (job.writes_stdout()) {
      continue;
    }
    if (is_taken(job.output) || taken.contains(identity(job.output))) {
      job.output = free_name(job.output, taken);
    }
    taken.insert(identity(job.output));
  }
}

void check_collisions(const std::vector<Job>& jobs) {
  std::map<std::string, const Job*> writers;
  for (const Job& job : jobs) {
    if (job.writes_stdout()) {
      continue;
    }
    const auto [other, is_new] = writers.emplace(identity(job.output), &job);
    if (!is_new) {
      throw Error(ErrorCode::kUsage, job.output.string(),
                  "both " + other->second->input_name() + " and " + job.input_name() +
                      " would be written here",
                  "--on-exists rename numbers them, or use different folders");
    }
  }
}

// A rename would replace what is not a file, such as /dev/stdout, by one.
void check_replaceable(const fs::path& output) {
  std::error_code ignored;
  const fs::file_status status = fs::status(output, ignored);
  if (fs::is_directory(status)) {
    throw Error(ErrorCode::kUsage, output.string(),
                "is a folder, but a file would be written here");
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error(ErrorCode::kUsage, output.string(), "is not a regular file",
                "-o - writes to standard output");
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
  for (const Job& job : jobs) {
    const bool is_input = !job.reads_stdin() && identity(job.input) == identity(path);
    const bool is_output = !job.writes_stdout() && identity(job.output) == identity(path);
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
