// What a stopped run over a video leaves to go on with.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace stylize {

enum class ResumeVideo { kNo, kYes, kStartAnew };

// The finished segments of a video at work, in a hidden folder beside the output. While it is open
// no other run can open the same one. A segment counts once it has its final name; whatever else a
// killed run left there is removed. Not thread safe.
class VideoState {
 public:
  // `key` stands for all that decides over the frames: the source, the style, the options. Throws
  // Error kOutputExists when there are segments and `resume` is kNo, kUsage when it is kYes and
  // they are of another key, kOutputUnwritable, also when another run holds the folder, and
  // kDiskFull.
  VideoState(const std::filesystem::path& output, const std::string& key, ResumeVideo resume);
  ~VideoState();
  VideoState(const VideoState&) = delete;
  VideoState& operator=(const VideoState&) = delete;

  // Those that are finished, in order.
  [[nodiscard]] const std::vector<std::filesystem::path>& segments() const { return segments_; }

  // Where unfinished files of this video belong.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  // Where the next one belongs, and that it is there now.
  [[nodiscard]] std::filesystem::path next_segment() const;
  void add_segment();

  // What the style has to know of the finished segments to go on after them. It is kept before the
  // segment that it belongs to gets its name, so that there is never one without it. Throws Error
  // kInputCorrupt where it is missing all the same. Before the first segment it is empty.
  void keep_memory(const std::vector<std::byte>& memory) const;
  [[nodiscard]] std::vector<std::byte> memory() const;

  // The video is whole: nothing is needed any more.
  void remove();

 private:
  class LockedFolder {
   public:
    explicit LockedFolder(const std::filesystem::path& folder);
    ~LockedFolder();
    LockedFolder(const LockedFolder&) = delete;
    LockedFolder& operator=(const LockedFolder&) = delete;

   private:
    [[nodiscard]] bool is_still(const std::filesystem::path& folder) const;

    int descriptor_;
  };

  std::filesystem::path folder_;
  LockedFolder lock_;
  std::vector<std::filesystem::path> segments_;
  bool is_removed_ = false;  // another run may have made the folder anew
};

}  // namespace stylize
