#include "stylize/pipeline/video_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "stylize/core/error.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/make_folder.h"
#include "stylize/style/file_hash.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKeyFile = "key";
constexpr const char* kSegmentEnding = ".segment";

std::string hash_of(const std::string& text) {
  return sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// Hidden, and as short as names have to be.
fs::path folder_for(const fs::path& output) {
  constexpr std::size_t kLongest = 200;
  std::string name = output.filename().string();
  if (name.size() > kLongest) {
    name = hash_of(name);
  }
  return output.parent_path() / ("." + name + ".stylize");
}

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path numbered(const fs::path& folder, std::size_t number, const char* ending) {
  std::string digits = std::to_string(number);
  constexpr std::size_t kDigits = 6;
  digits.insert(0, digits.size() < kDigits ? kDigits - digits.size() : 0, '0');
  return folder / (digits + ending);
}

fs::path segment_path(const fs::path& folder, std::size_t number) {
  return numbered(folder, number, kSegmentEnding);
}

// What is remembered after the segment of this number.
fs::path memory_path(const fs::path& folder, std::size_t number) {
  return numbered(folder, number, ".memory");
}

std::vector<fs::path> finished_segments(const fs::path& folder) {
  std::vector<fs::path> segments;
  std::error_code ignored;
  for (;;) {
    fs::path next = segment_path(folder, segments.size());
    if (!fs::is_regular_file(next, ignored)) {
      return segments;
    }
    segments.push_back(std::move(next));
  }
}

// All but the key, finished segments and the memory of the last one.
void sweep(const fs::path& folder, std::size_t finished) {
  std::error_code ignored;
  std::vector<fs::path> left;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    left.push_back(entry.path());
  }
  for (const fs::path& path : left) {
    const bool is_segment =
        path.extension() == kSegmentEnding && path < segment_path(folder, finished);
    const bool is_memory = finished > 0 && path == memory_path(folder, finished - 1);
    if (!is_segment && !is_memory && path.filename() != kKeyFile) {
      fs::remove_all(path, ignored);
    }
  }
}

}  // namespace

VideoState::LockedFolder::LockedFolder(const fs::path& folder) {
  make_folder(folder);
  descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw Error(ErrorCode::kOutputUnwritable, folder.string(),
                std::string("cannot be opened: ") + std::strerror(errno));
  }
  // File systems without locks go without this guard.
  const bool is_taken = ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (is_taken || !is_still(folder)) {
    ::close(descriptor_);
    throw Error(ErrorCode::kOutputUnwritable, folder.string(), "another run is at this video",
                "wait for it, or choose another name with -o");
  }
}

// A run that has just ended may have removed the folder between its opening and its locking.
bool VideoState::LockedFolder::is_still(const fs::path& folder) const {
  struct stat locked {};
  struct stat named {};
  return ::fstat(descriptor_, &locked) == 0 && ::stat(folder.c_str(), &named) == 0 &&
         locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

VideoState::LockedFolder::~LockedFolder() { ::close(descriptor_); }

VideoState::VideoState(const fs::path& output, const std::string& key, ResumeVideo resume)
    : folder_(folder_for(output)), lock_(folder_) {
  const std::string hash = hash_of(key);
  segments_ = finished_segments(folder_);
  const bool same = read_text(folder_ / kKeyFile) == hash;
  if (!segments_.empty() && resume == ResumeVideo::kNo) {
    throw Error(ErrorCode::kOutputExists, output.string(), "a stopped run has left a part of it",
                "--resume goes on, -y starts anew");
  }
  if (!segments_.empty() && !same && resume == ResumeVideo::kYes) {
    throw Error(
        ErrorCode::kUsage, "--resume",
        "what is there of " + output.string() + " was made of another source or with other options",
        "use the same ones again, or -y instead to start anew");
  }
  if (!same || resume == ResumeVideo::kStartAnew) {
    segments_.clear();
  }
  sweep(folder_, segments_.size());
  const auto* bytes = reinterpret_cast<const std::byte*>(hash.data());
  write_file_atomically(folder_ / kKeyFile, {bytes, bytes + hash.size()}, Overwrite::kYes);
}

VideoState::~VideoState() {
  if (segments_.empty() && !is_removed_) {
    remove();  // nothing to go on with
  }
}

fs::path VideoState::next_segment() const { return segment_path(folder_, segments_.size()); }

void VideoState::add_segment() {
  segments_.push_back(next_segment());
  if (segments_.size() > 1) {
    std::error_code ignored;
    fs::remove(memory_path(folder_, segments_.size() - 2), ignored);
  }
}

void VideoState::keep_memory(const std::vector<std::byte>& memory) const {
  write_file_atomically(memory_path(folder_, segments_.size()), memory, Overwrite::kYes);
}

std::vector<std::byte> VideoState::memory() const {
  if (segments_.empty()) {
    return {};
  }
  const fs::path file = memory_path(folder_, segments_.size() - 1);
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) {
    throw Error(ErrorCode::kInputCorrupt, file.string(), "is missing, so nothing can go on here",
                "start anew with -y");
  }
  const std::string bytes = read_text(file);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
  return {begin, begin + bytes.size()};
}

void VideoState::remove() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  segments_.clear();
  is_removed_ = true;
}

}  // namespace stylize
