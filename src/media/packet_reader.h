// The packets of a video file, or of a part of it.
#pragma once

#include <optional>
#include <set>

#include "ffmpeg_ptr.h"
#include "steady_clock.h"
#include "video_source.h"

namespace stylize {

// Reads `source`, which must outlive it, once from front to back: from some way before its part's
// begin to a little behind its end, so that callers must cut. Clock jumps are taken out.
// Not thread safe.
class PacketReader {
 public:
  explicit PacketReader(const VideoSource& source);

  // Of any stream, in the order of the file, in its stream's ticks; null at the end. Throws Error
  // kInputCorrupt for a file that cannot be read any more.
  PacketPtr next();

  // What could not be read, and what an index promises and is not there.
  [[nodiscard]] int damaged() const { return damaged_; }

 private:
  void seek();
  void handle_failure(int result);
  void count_missing();
  [[nodiscard]] bool is_past_end(const AVPacket& packet);
  [[nodiscard]] bool have_all_passed() const;

  const VideoSource& source_;
  std::optional<SteadyClock> clock_;  // where there may be jumps
  std::set<int> passed_;              // streams that were read beyond the part's end
  bool has_ended_ = false;
  int drawn_packets_ = 0;
  int errors_ = 0;  // in a row
  int damaged_ = 0;
};

}  // namespace stylize
