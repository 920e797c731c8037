#include "stylize/pipeline/folder_scan.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "gallery_thumbnails.h"
#include "output_paths.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/media/image_format.h"
#include "stylize/media/image_probe.h"
#include "stylize/pipeline/run_history.h"

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

// What tells a file or folder from another, however it was reached.
using FileId = std::pair<dev_t, ino_t>;

std::optional<FileId> file_id(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? std::optional(FileId(status.st_dev, status.st_ino))
                                            : std::nullopt;
}

bool is_output_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(run_state_folder(folder), ignored);
}

// What a run writes besides its pictures: what the filter names, and galleries' thumbnails.
class ByProducts {
 public:
  explicit ByProducts(const PathFilter& filter) {
    for (const fs::path& path : filter.by_products) {
      if (const std::optional<FileId> id = file_id(path)) {
        known_.insert(*id);
      }
    }
  }

  [[nodiscard]] bool has_folder(const fs::path& folder) const {
    const std::optional<FileId> id = file_id(folder);
    return id && known_.contains(*id);
  }

  // A picture stays: that it would be written over is for the caller to find.
  [[nodiscard]] bool has_file(const fs::path& file, bool is_image) const {
    if (is_image) {
      return is_gallery_thumbnail(file);
    }
    const std::optional<FileId> id = known_.empty() ? std::nullopt : file_id(file);
    return id && known_.contains(*id);
  }

 private:
  std::set<FileId> known_;
};

class Walk {
 public:
  Walk(const PathFilter& filter, const fs::path& left_out)
      : filter_(filter), by_products_(filter), left_out_(file_id(left_out)) {}

  void enter(const fs::path& folder, const std::string& prefix) {
    const FileId own = file_id(folder).value_or(FileId());
    const bool loops = std::find(chain_.begin(), chain_.end(), own) != chain_.end();
    if (loops || own == left_out_) {
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
  void take(const fs::path& path, const std::string& id) {
    if (is_hidden(path)) {
      return;
    }
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::is_directory(status)) {
      if (filter_.enters(id)) {
        take_folder(path, id);
      }
    } else if (filter_.takes(id)) {
      take_file(path, id, fs::is_regular_file(status));
    }
  }

  void take_folder(const fs::path& path, const std::string& id) {
    if (is_output_folder(path)) {
      log_debug(path.string() + ": holds results of an earlier run, and is not entered");
    } else if (!by_products_.has_folder(path)) {
      enter(path, id + "/");
    }
  }

  void take_file(const fs::path& path, const std::string& id, bool is_regular) {
    if (!is_regular) {
      log_debug(path.string() + ": is neither a file nor a folder");
      ++scan_.ignored;
      return;
    }
    const bool is_image = is_image_file(path);
    if (!by_products_.has_file(path, is_image)) {
      scan_.files.push_back({path, id, is_image});
    }
  }

  const PathFilter& filter_;
  ByProducts by_products_;
  std::optional<FileId> left_out_;
  std::vector<FileId> chain_;  // folders being walked, from the root down
  FolderScan scan_;
};

// Which files of a list lie in a folder of results below the root.
class EarlierResults {
 public:
  // `id`: the file's path in the tree of `root`.
  bool has(const fs::path& root, const std::string& id) {
    const std::size_t slash = id.rfind('/');
    return slash != std::string::npos && is_within(root, id.substr(0, slash));
  }

 private:
  bool is_within(const fs::path& root, const std::string& folder) {
    if (const auto known = known_.find(folder); known != known_.end()) {
      return known->second;
    }
    const bool within = is_output_folder(root / folder) || has(root, folder);
    known_[folder] = within;
    return within;
  }

  std::map<std::string, bool> known_;  // by folder
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
    const bool of_windows = end == '\n' && stop > start && all[stop - 1] == '\r';
    const std::size_t length = stop - start - (of_windows ? 1 : 0);
    if (length > 0) {
      paths.push_back(all.substr(start, length));
    }
    start = stop + 1;
  }
  return paths;
}

FolderScan scan_list(const std::vector<std::string>& paths, const fs::path& root,
                     const PathFilter& filter, const fs::path& left_out) {
  const std::string results = path_identity(left_out) + "/";
  const bool among_inputs = results.starts_with(path_identity(root) + "/");
  const ByProducts by_products(filter);
  EarlierResults earlier;
  FolderScan scan;
  for (const std::string& path : paths) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::is_directory(status)) {
      log_debug(path + ": is a folder; of a list only the files are taken");
      ++scan.ignored;
      continue;
    }
    const std::string id = id_in_tree(path, root);
    if (!filter.takes(id) || (among_inputs && path_identity(path).starts_with(results))) {
      continue;
    }
    if (earlier.has(root, id)) {
      log_debug(path + ": is a result of an earlier run");
      continue;
    }
    const bool is_image = !fs::is_regular_file(status) || is_image_file(path);
    if (!by_products.has_file(path, is_image)) {
      scan.files.push_back({path, id, is_image});
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
