#include "stylize/pipeline/folder_scan.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "output_paths.h"
#include "stylize/core/error.h"
#include "stylize/media/image_format.h"
#include "stylize/media/image_probe.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

bool matches(const std::vector<std::string>& patterns, const std::string& id) {
  const std::string name = id.substr(id.rfind('/') + 1);
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    const bool whole = pattern.find('/') != std::string::npos;
    return ::fnmatch(pattern.c_str(), whole ? id.c_str() : name.c_str(), 0) == 0;
  });
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

bool is_image_file(const fs::path& path) {
  const std::string ending = path.extension().string();
  if (find_format(ending)) {
    return true;
  }
  // Only what has no telling ending is opened.
  return ending.empty() && probe_image(path).has_value();
}

// What tells a folder from another, however it was reached.
using FolderId = std::pair<dev_t, ino_t>;

class Walk {
 public:
  Walk(const PathFilter& filter, const fs::path& left_out) : filter_(filter) {
    left_out_ = folder_id(left_out);
  }

  void enter(const fs::path& folder, const std::string& prefix) {
    const FolderId own = folder_id(folder);
    const bool loops = std::find(chain_.begin(), chain_.end(), own) != chain_.end();
    if (loops || (own != FolderId() && own == left_out_)) {
      return;
    }
    chain_.push_back(own);
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      take(entry->path(), prefix + entry->path().filename().string());
    }
    if (error) {
      scan_.unreadable.push_back({folder, error.message()});
    }
    chain_.pop_back();
  }

  FolderScan result() {
    std::sort(scan_.files.begin(), scan_.files.end(),
              [](const FoundFile& left, const FoundFile& right) { return left.id < right.id; });
    return std::move(scan_);
  }

 private:
  static FolderId folder_id(const fs::path& folder) {
    struct stat status {};
    return ::stat(folder.c_str(), &status) == 0 ? FolderId(status.st_dev, status.st_ino)
                                                : FolderId();
  }

  void take(const fs::path& path, const std::string& id) {
    if (is_hidden(path)) {
      return;
    }
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::is_directory(status)) {
      if (filter_.enters(id)) {
        enter(path, id + "/");
      }
    } else if (fs::is_regular_file(status) && filter_.takes(id)) {
      scan_.files.push_back({path, id, is_image_file(path)});
    }
  }

  const PathFilter& filter_;
  FolderId left_out_;
  std::vector<FolderId> chain_;  // folders being walked, from the root down
  FolderScan scan_;
};

std::string id_in_tree(const fs::path& path, const fs::path& root) {
  const fs::path from = fs::absolute(root).lexically_normal();
  const std::string id =
      fs::absolute(path).lexically_normal().lexically_relative(from / "").generic_string();
  if (id.empty() || id == "." || id == ".." || id.starts_with("../")) {
    throw Error(ErrorCode::kUsage, path.string(), "lies outside of " + root.string(),
                "name the folder that holds all files of the list: stylize folder DIR --from-list");
  }
  return id;
}

}  // namespace

bool PathFilter::takes(const std::string& id) const {
  return (include.empty() || matches(include, id)) && !matches(exclude, id);
}

bool PathFilter::enters(const std::string& folder_id) const {
  return !matches(exclude, folder_id) && !matches(exclude, folder_id + "/");
}

FolderScan scan_folder(const fs::path& root, const PathFilter& filter, const fs::path& left_out) {
  std::error_code error;
  const fs::directory_iterator probe(root, error);
  if (error) {
    throw Error(ErrorCode::kInputMissing, root.string(),
                "cannot read the folder: " + error.message());
  }
  Walk walk(filter, left_out);
  walk.enter(root, {});
  return walk.result();
}

std::vector<std::string> read_path_list(std::istream& text) {
  const std::string all{std::istreambuf_iterator<char>(text), std::istreambuf_iterator<char>()};
  const char end = all.find('\0') == std::string::npos ? '\n' : '\0';
  std::vector<std::string> paths;
  for (std::size_t start = 0; start < all.size();) {
    const std::size_t stop = std::min(all.find(end, start), all.size());
    if (stop > start) {
      paths.push_back(all.substr(start, stop - start));
    }
    start = stop + 1;
  }
  return paths;
}

FolderScan scan_list(const std::vector<std::string>& paths, const fs::path& root,
                     const PathFilter& filter, const fs::path& left_out) {
  const std::string results = path_identity(left_out) + "/";
  const bool among_inputs = results.starts_with(path_identity(root) + "/");
  FolderScan scan;
  for (const std::string& path : paths) {
    const std::string id = id_in_tree(path, root);
    std::error_code ignored;
    const bool readable = fs::is_regular_file(fs::status(path, ignored));
    const bool is_result = among_inputs && path_identity(path).starts_with(results);
    if (!is_result && filter.takes(id)) {
      scan.files.push_back({path, id, !readable || is_image_file(path)});
    }
  }
  const auto by_id = [](const FoundFile& left, const FoundFile& right) {
    return left.id < right.id;
  };
  std::sort(scan.files.begin(), scan.files.end(), by_id);
  // A list may name a file twice; it is one file all the same.
  const auto same = [](const FoundFile& left, const FoundFile& right) {
    return left.id == right.id;
  };
  scan.files.erase(std::unique(scan.files.begin(), scan.files.end(), same), scan.files.end());
  return scan;
}

}  // namespace stylize
