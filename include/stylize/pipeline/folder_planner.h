// From a folder or a list of files to jobs, settled before any work starts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "stylize/pipeline/folder_scan.h"
#include "stylize/pipeline/job_planner.h"
#include "stylize/pipeline/run_history.h"
#include "stylize/pipeline/shard.h"

namespace stylize {

struct FolderRequest {
  std::filesystem::path folder;
  std::optional<std::vector<std::string>> list;  // instead of everything in the folder
  std::string output;                            // empty: `<folder>.<style>` beside the folder
  std::string style;
  std::string pattern = "{stem}{ext}";
  std::optional<ImageFormat> format;
  PathFilter filter;
  OnExists on_exists = OnExists::kError;  // for files that no earlier run has made
  bool copy_others = false;
  std::optional<Shard> shard;
};

struct FolderPlan {
  std::vector<Job> jobs;
  int ignored = 0;          // files that are no pictures, links to nothing
  int of_other_shards = 0;  // jobs
  std::vector<UnreadableFolder> unreadable;
};

// Throws Error kUsage when it is the input folder or standard output.
std::filesystem::path output_folder(const FolderRequest& request);

// One job a picture, in the order of the paths, with the same tree in the output folder. What an
// earlier run made there is the run's own: it is replaced where it has to be made again. Throws
// Error kUsage where two jobs would write one file or an output would replace an input,
// kOutputExists for foreign files with OnExists::kError, and what scanning throws. Touches nothing.
FolderPlan plan_folder(const FolderRequest& request, const RunHistory& history);

}  // namespace stylize
