#include "stylize/pipeline/run_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include "stylize/core/error.h"
#include "stylize/media/make_folder.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

std::string suffix(const std::string& part) { return part.empty() ? part : "-" + part; }

fs::path journal_file(const fs::path& output_folder, const std::string& part) {
  make_folder(run_state_folder(output_folder));
  return run_state_folder(output_folder) / ("done" + suffix(part) + ".jsonl");
}

std::int64_t milliseconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

RunJournal::LockedFile::LockedFile(const fs::path& file, const fs::path& output_folder)
    : descriptor_(::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC,
                         S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH)) {
  if (descriptor_ < 0) {
    throw Error(ErrorCode::kOutputUnwritable, file.string(),
                std::string("cannot be opened: ") + std::strerror(errno),
                "choose another place with -o");
  }
  // File systems without locks (some network ones) go without this guard.
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor_);
    throw Error(ErrorCode::kOutputUnwritable, output_folder.string(),
                "another run is writing into this folder", "wait for it, or use --shard");
  }
}

RunJournal::LockedFile::~LockedFile() { ::close(descriptor_); }

RunJournal::RunJournal(const fs::path& output_folder, const std::string& part)
    : path_(journal_file(output_folder, part)),
      temporary_(run_state_folder(output_folder) / ("tmp" + suffix(part))),
      file_(path_, output_folder) {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
  make_folder(temporary_);
  // A killed run may have left its last line without an end.
  char last = '\n';
  const off_t size = ::lseek(file_.descriptor(), 0, SEEK_END);
  is_torn_ = size > 0 && ::pread(file_.descriptor(), &last, 1, size - 1) == 1 && last != '\n';
}

RunJournal::~RunJournal() {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void RunJournal::append(const std::string& line) {
  const std::lock_guard lock(mutex_);
  // One write a line: a kill leaves none half written, short of a full disk.
  const std::string text = is_torn_ ? "\n" + line : line;
  const ssize_t written = ::write(file_.descriptor(), text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) {
    is_torn_ = false;
    return;
  }
  is_torn_ = is_torn_ || written > 0;
  const bool full = written >= 0 || errno == ENOSPC || errno == EDQUOT;
  throw Error(full ? ErrorCode::kDiskFull : ErrorCode::kOutputUnwritable, path_.string(),
              full ? "cannot write: the disk is full"
                   : std::string("cannot write: ") + std::strerror(errno),
              full ? "free some space, and run the same command again" : "");
}

void RunJournal::begin(std::string_view job, std::string_view output, std::uintmax_t size) {
  append(begin_line(job, output, size, milliseconds_since_1970()));
}

void RunJournal::finish(const RunRecord& record) {
  append(record_line(record, milliseconds_since_1970()));
}

}  // namespace stylize
