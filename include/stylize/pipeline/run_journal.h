// What this run does, written down as it goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "stylize/pipeline/run_history.h"

namespace stylize {

// The journal of one run, or of one shard of it, inside the output folder. While it is open no
// other run can open the same one. Lines are appended whole, so that a kill at any moment leaves
// at most the last one unfinished. Thread safe.
class RunJournal {
 public:
  // `part` is "" or, for shards, "2-of-4". Makes the folders and removes what a killed run left in
  // the temporary folder. Throws Error kOutputUnwritable, also when another run holds the journal.
  RunJournal(const std::filesystem::path& output_folder, const std::string& part);
  ~RunJournal();
  RunJournal(const RunJournal&) = delete;
  RunJournal& operator=(const RunJournal&) = delete;

  // Where unfinished files of this run belong.
  [[nodiscard]] const std::filesystem::path& temporary_folder() const { return temporary_; }

  // The output of `job`, of `size` bytes, is about to appear. Throws Error kDiskFull or
  // kOutputUnwritable.
  void begin(std::string_view job, std::string_view output, std::uintmax_t size);

  // A job ended well. Throws as begin().
  void finish(const RunRecord& record);

 private:
  class LockedFile {
   public:
    LockedFile(const std::filesystem::path& file, const std::filesystem::path& output_folder);
    ~LockedFile();
    LockedFile(const LockedFile&) = delete;
    LockedFile& operator=(const LockedFile&) = delete;
    [[nodiscard]] int descriptor() const { return descriptor_; }

   private:
    int descriptor_;
  };
  void append(const std::string& line);

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  LockedFile file_;
  std::mutex mutex_;
  bool is_torn_ = false;  // the last line lacks its end
};

}  // namespace stylize
