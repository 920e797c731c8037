// The options of `stylize folder`.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

#include "picture_options.h"
#include "stylize/pipeline/folder_planner.h"

namespace stylize::cli {

// What single pictures do not have.
struct FolderFlags {
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::string from_list;
  std::string pattern = "{stem}{ext}";
  std::string shard;
  std::string gallery;
  bool copy_others = false;
  bool force = false;
};

struct FolderOptions : PictureOptions {
  std::string folder;
  FolderFlags flags;
  std::string merge_reports;
};

// Declare options on `app`, which must not outlive the second argument. An empty `group` keeps them
// out of the help.
void add_folder_flags(CLI::App& app, FolderFlags& flags, const std::string& group);
void add_folder_options(CLI::App& app, FolderOptions& options);

// Reads the list if there is one. Throws Error kUsage for combinations that make no sense,
// kInputMissing for a list that cannot be read.
FolderRequest folder_request(const FolderOptions& options, const std::string& style_name);

}  // namespace stylize::cli
