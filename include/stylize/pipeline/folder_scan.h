// The files of a tree, or of a list.
#pragma once

#include <filesystem>
#include <istream>
#include <string>
#include <vector>

namespace stylize {

// Shell patterns (fnmatch: * ? [...]). One with a slash is compared with a file's whole path in the
// tree, where * also crosses folders; one without, with its name. A folder that is excluded is not
// entered. Case counts. Besides, what the run itself writes is no input.
struct PathFilter {
  std::vector<std::string> include = {};  // empty: all
  std::vector<std::string> exclude = {};
  // Folders that are not entered and files that are not copied, existing or not: a report, a page,
  // its thumbnails. A picture is taken all the same, so that nothing writes over it unnoticed.
  std::vector<std::filesystem::path> by_products = {};

  [[nodiscard]] bool takes(const std::string& id) const;
  [[nodiscard]] bool enters(const std::string& folder_id) const;
};

struct FoundFile {
  std::filesystem::path path;
  std::string id;  // path in the tree, with slashes
  bool is_image = false;
};

struct UnreadableFolder {
  std::filesystem::path path;
  std::string reason;
};

struct FolderScan {
  std::vector<FoundFile> files;  // sorted by id, byte by byte
  std::vector<UnreadableFolder> unreadable;
  int ignored = 0;  // links to nothing, pipes and the like; in a list, folders
};

// Everything below `root` but hidden files and folders, `left_out` (the output folder), folders
// that hold the results of any earlier run (those with a `.stylize` folder in them; `root` may be
// one) and thumbnails of galleries. Links are followed, except into a folder that is being walked
// already. A file is an image when its ending says so or, if it has none at all, its content.
// Throws Error kInputMissing when `root` is no folder that can be read.
FolderScan scan_folder(const std::filesystem::path& root, const PathFilter& filter,
                       const std::filesystem::path& left_out);

// Paths, one a line; where the text holds NUL bytes, these end them instead. A carriage return at
// the end of a line is no part of the path. Empty ones are passed over.
std::vector<std::string> read_path_list(std::istream& text);

// The files of a list, relative ones as seen from the current folder, in the tree of `root`, less
// folders, what lies in `left_out` inside it, and what scan_folder passes over as the work of an
// earlier run; hidden ones are taken. What does not exist becomes a file that cannot be read.
// Throws Error kUsage for a file outside `root`.
FolderScan scan_list(const std::vector<std::string>& paths, const std::filesystem::path& root,
                     const PathFilter& filter, const std::filesystem::path& left_out);

}  // namespace stylize
