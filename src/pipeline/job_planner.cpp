#include "stylize/pipeline/job_planner.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>
#include <system_error>

#include "output_paths.h"
#include "stylize/core/error.h"
#include "stylize/media/video_reader.h"

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

// What is the same for whatever the files hold.
void settle_outputs(std::vector<Job>& jobs, OnExists policy) {
  follow_links(jobs);
  if (policy == OnExists::kRename) {
    rename_taken_outputs(jobs);
  }
  // An output that exists stays as it is where existing ones are skipped, an input among them.
  if (policy != OnExists::kSkip) {
    check_inputs_survive(jobs);
  }
  check_collisions(jobs);
  apply_exists_policy(jobs, policy);
}

// Containers that hold what players show, and animated pictures. What others hold fits into
// Matroska best.
std::string video_ending(const fs::path& input) {
  if (is_still_picture(input)) {
    return ".mp4";
  }
  constexpr std::array<std::string_view, 9> kKept{".mp4", ".m4v",  ".mov", ".mkv", ".webm",
                                                  ".gif", ".webp", ".png", ".apng"};
  const std::string own = input.extension().string();
  std::string lower = own;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kKept.begin(), kKept.end(), lower) == kKept.end() ? ".mkv" : own;
}

Job plan_video(const std::string& input, const ImageRequest& request) {
  if (input == kStream || request.output == kStream) {
    throw Error(ErrorCode::kUsage, "-",
                "videos cannot go through pipes: their containers are not "
                "written from front to back",
                "name files");
  }
  Job job;
  job.input = input;
  const fs::path name = job.input.stem().string() + "." + request.style + video_ending(job.input);
  job.output = !request.output         ? job.input.parent_path() / name
               : means_folder(request) ? fs::path(*request.output) / name
                                       : fs::path(*request.output);
  return job;
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
  settle_outputs(jobs, request.on_exists);
  return jobs;
}

std::vector<Job> plan_video_jobs(const ImageRequest& request) {
  std::vector<Job> jobs;
  jobs.reserve(request.inputs.size());
  for (const std::string& input : request.inputs) {
    jobs.push_back(plan_video(input, request));
  }
  settle_outputs(jobs, request.on_exists);
  return jobs;
}

}  // namespace stylize
