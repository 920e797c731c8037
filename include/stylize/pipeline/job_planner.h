// From what the user named to what will be read and written, settled before any work starts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "stylize/media/image_format.h"

namespace stylize {

enum class OnExists { kError, kSkip, kOverwrite, kRename };

struct ImageRequest {
  std::vector<std::string> inputs;    // paths; "-" is standard input
  std::optional<std::string> output;  // file, folder, or "-"
  std::optional<ImageFormat> format;  // -f
  std::string style;                  // for default names
  OnExists on_exists = OnExists::kError;
};

struct Job {
  std::string id;                     // of a folder run: the input's path in the tree, with /
  std::string output_id;              // likewise the output's, relative to the output folder
  std::filesystem::path input;        // empty: standard input
  std::filesystem::path output;       // empty: standard output
  std::optional<ImageFormat> format;  // empty: the input's own, known once it is read
  bool skip = false;                  // the output is there already and stays
  bool overwrite = false;
  bool copy = false;  // no picture: copied as it is

  [[nodiscard]] bool reads_stdin() const { return input.empty(); }
  [[nodiscard]] bool writes_stdout() const { return output.empty(); }
  // For messages and reports: the path, or "-".
  [[nodiscard]] std::string input_name() const;
  [[nodiscard]] std::string output_name() const;
};

// One job an input, in the same order. Default name: `<stem>.<style><ext>`, beside the input or in
// the output folder. Throws Error kUsage where an output would replace an input, two jobs would
// write one file or the options contradict each other, kOutputExists with OnExists::kError. Touches
// nothing.
std::vector<Job> plan_image_jobs(const ImageRequest& request);

// The same for videos, which no stream can take. Default names keep the ending of mp4, m4v, mov,
// mkv, webm and animated pictures; a still picture becomes mp4, all else mkv. `format` has no
// meaning.
std::vector<Job> plan_video_jobs(const ImageRequest& request);

// Throws Error kUsage when `path`, to be written besides (a report), is an input or output of a
// job.
void check_not_in_use(const std::filesystem::path& path, const std::vector<Job>& jobs);

}  // namespace stylize
