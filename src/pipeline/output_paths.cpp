#include "output_paths.h"

#include <map>
#include <system_error>

#include "stylize/core/error.h"

namespace stylize {
namespace fs = std::filesystem;

std::string path_identity(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  const fs::path canonical = fs::weakly_canonical(absolute, error);
  return (error ? absolute.lexically_normal() : canonical).string();
}

bool is_taken(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

std::string output_ending(const fs::path& input, std::optional<ImageFormat> format) {
  if (format) {
    return std::string(default_extension(*format));
  }
  const std::string own = input.extension().string();
  return find_format(own) ? own : std::string(default_extension(ImageFormat::kPng));
}

std::optional<ImageFormat> promised_format(const fs::path& output,
                                           std::optional<ImageFormat> format) {
  const std::string extension = output.extension().string();
  if (extension.empty()) {
    return format;
  }
  const std::optional<ImageFormat> named = find_format(extension);
  if (!named) {
    if (format) {
      return format;
    }
    throw Error(ErrorCode::kUsage, output.string(),
                "cannot write files of type '" + extension + "'", "choose " + format_list());
  }
  if (format && format != named) {
    throw Error(ErrorCode::kUsage, output.string(),
                "its ending contradicts -f " + std::string(format_name(*format)),
                "leave one of them out");
  }
  return named;
}

void follow_links(std::vector<Job>& jobs) {
  for (Job& job : jobs) {
    std::error_code ignored;
    if (!job.writes_stdout() && fs::is_symlink(fs::symlink_status(job.output, ignored))) {
      job.output = path_identity(job.output);
    }
  }
}

fs::path numbered_name(const fs::path& wanted, int number) {
  return wanted.parent_path() /
         (wanted.stem().string() + "-" + std::to_string(number) + wanted.extension().string());
}

fs::path free_name(const fs::path& wanted, const std::set<std::string>& taken) {
  for (int number = 1;; ++number) {
    fs::path candidate = numbered_name(wanted, number);
    if (!is_taken(candidate) && !taken.contains(path_identity(candidate))) {
      return candidate;
    }
  }
}

void check_inputs_survive(const std::vector<Job>& jobs) {
  std::set<std::string> inputs;
  for (const Job& job : jobs) {
    if (!job.reads_stdin()) {
      inputs.insert(path_identity(job.input));
    }
  }
  for (const Job& job : jobs) {
    if (!job.writes_stdout() && inputs.contains(path_identity(job.output))) {
      throw Error(ErrorCode::kUsage, job.output.string(),
                  "the output would replace an input; inputs are never modified",
                  "choose another name with -o");
    }
  }
}

void check_collisions(const std::vector<Job>& jobs, std::string_view remedy) {
  std::map<std::string, const Job*> writers;
  for (const Job& job : jobs) {
    if (job.writes_stdout()) {
      continue;
    }
    const auto [other, is_new] = writers.emplace(path_identity(job.output), &job);
    if (!is_new) {
      throw Error(ErrorCode::kUsage, job.output.string(),
                  "both " + other->second->input_name() + " and " + job.input_name() +
                      " would be written here",
                  remedy);
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

}  // namespace stylize
