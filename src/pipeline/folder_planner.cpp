#include "stylize/pipeline/folder_planner.h"

#include <algorithm>
#include <set>
#include <utility>

#include "output_paths.h"
#include "stylize/core/error.h"
#include "stylize/pipeline/name_pattern.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

// Without a slash at the end, which std::filesystem takes for an empty last part.
fs::path without_slash(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

Job plan_picture(const FoundFile& file, const FolderRequest& request, const fs::path& output) {
  Job job;
  job.input = file.path;
  job.id = file.id;
  const fs::path name = fs::path(file.id).filename();
  const std::string filled =
      fill_pattern(request.pattern, {.stem = name.stem().string(),
                                     .name = name.string(),
                                     .style = request.style,
                                     .ext = output_ending(name, request.format)});
  job.output_id = (fs::path(file.id).parent_path() / filled).generic_string();
  job.output = output / job.output_id;
  job.format = promised_format(job.output, request.format);
  return job;
}

Job plan_copy(const FoundFile& file, const fs::path& output) {
  Job job;
  job.input = file.path;
  job.id = file.id;
  job.output_id = file.id;
  job.output = output / file.id;
  job.copy = true;
  return job;
}

void rename_foreign(Job& job, const RunHistory& history, const fs::path& output,
                    std::set<std::string>& planned) {
  const fs::path wanted = job.output_id;
  for (int number = 1;; ++number) {
    job.output_id = numbered_name(wanted, number).generic_string();
    job.output = output / job.output_id;
    // A number that an earlier run had to choose is kept.
    job.overwrite = history.is_own_output(job.id, job.output_id);
    const std::string identity = path_identity(job.output);
    if (job.overwrite || (!is_taken(job.output) && !planned.contains(identity))) {
      planned.insert(identity);
      return;
    }
  }
}

void settle_existing(Job& job, const FolderRequest& request, const RunHistory& history,
                     const fs::path& output, std::set<std::string>& planned) {
  job.overwrite = request.on_exists == OnExists::kOverwrite;
  if (!is_taken(job.output)) {
    return;
  }
  check_replaceable(job.output);
  if (history.is_own_output(job.id, job.output_id)) {
    job.overwrite = true;
    return;
  }
  switch (request.on_exists) {
    case OnExists::kOverwrite: break;
    case OnExists::kSkip: job.skip = true; break;
    case OnExists::kRename: rename_foreign(job, history, output, planned); break;
    case OnExists::kError:
      throw Error(ErrorCode::kOutputExists, job.output.string(),
                  "exists already, and is not what an earlier run has made of " + job.id,
                  "-y overwrites, --on-exists skip or rename keeps it, or choose another -o");
  }
}

void keep_shard(FolderPlan& plan, const Shard& shard) {
  const auto others = std::remove_if(plan.jobs.begin(), plan.jobs.end(),
                                     [&](const Job& job) { return !shard.has(job.id); });
  plan.of_other_shards = static_cast<int>(std::distance(others, plan.jobs.end()));
  plan.jobs.erase(others, plan.jobs.end());
}

}  // namespace

fs::path output_folder(const FolderRequest& request) {
  if (request.output.empty()) {
    // "." has no name of its own to derive one from.
    const fs::path named = without_slash(request.folder);
    const bool dots = named.filename() == "." || named.filename() == "..";
    const fs::path folder = dots ? without_slash(fs::absolute(request.folder)) : named;
    return folder.parent_path() / (folder.filename().string() + "." + request.style);
  }
  if (request.output == "-") {
    throw Error(ErrorCode::kUsage, "-o -", "a folder of results cannot go to standard output",
                "name a folder");
  }
  if (path_identity(request.folder) == path_identity(request.output)) {
    throw Error(ErrorCode::kUsage, "-o " + request.output,
                "is the input folder: results would lie among the originals",
                "choose a folder beside it or inside it");
  }
  return request.output;
}

FolderPlan plan_folder(const FolderRequest& request, const RunHistory& history) {
  const fs::path output = output_folder(request);
  FolderScan scan = request.list ? scan_list(*request.list, request.folder, request.filter, output)
                                 : scan_folder(request.folder, request.filter, output);
  FolderPlan plan;
  plan.unreadable = std::move(scan.unreadable);
  plan.ignored = scan.ignored;
  for (const FoundFile& file : scan.files) {
    if (file.is_image) {
      plan.jobs.push_back(plan_picture(file, request, output));
    } else if (request.copy_others) {
      plan.jobs.push_back(plan_copy(file, output));
    } else {
      ++plan.ignored;
    }
  }
  check_collisions(plan.jobs, "--pattern '{name}{ext}' tells them apart, or --exclude one of them");
  // What is there already stays where it is skipped or makes way for a number, an input among it.
  if (request.on_exists == OnExists::kError || request.on_exists == OnExists::kOverwrite) {
    check_inputs_survive(plan.jobs);
  }
  std::set<std::string> planned;
  for (const Job& job : plan.jobs) {
    planned.insert(path_identity(job.output));
  }
  // After the checks, so that all shards agree on what is wrong; before a look at what is there,
  // where other shards are at work.
  if (request.shard) {
    keep_shard(plan, *request.shard);
  }
  for (Job& job : plan.jobs) {
    settle_existing(job, request, history, output, planned);
  }
  return plan;
}

}  // namespace stylize
