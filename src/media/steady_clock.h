// The times of a file whose clock may jump, such as two transport streams one behind the other.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ffmpeg_ptr.h"

namespace stylize {

// Moves all streams of a file alike, so that times go on where the clock jumped and sound stays in
// step with the pictures. The same packets in the same order give the same times. Not thread safe.
class SteadyClock {
 public:
  // `drawn` is the stream that must go on without a gap or an overlap.
  SteadyClock(const AVFormatContext& format, int drawn) : format_(format), drawn_(drawn) {}

  // Changes the packet's times. Packets come in the order of the file.
  void apply(AVPacket& packet);

 private:
  // Times are microseconds here, on the clock that does not jump.
  struct Stream {
    std::size_t epoch = 0;
    std::optional<std::int64_t> next;        // the decoding time that goes on smoothly
    std::optional<std::int64_t> next_shown;  // the same of showing
  };
  struct Times {
    std::int64_t decoded = 0;
    std::optional<std::int64_t> shown;
    std::int64_t duration = 0;
    bool is_key = false;
  };

  [[nodiscard]] Times times_of(const AVPacket& packet) const;
  void choose_epoch(Stream& stream, const Times& times, bool is_drawn);
  void choose_known_epoch(Stream& stream, const Times& times) const;
  [[nodiscard]] std::int64_t smooth_offset(const Stream& stream, const Times& times) const;
  [[nodiscard]] std::size_t oldest_epoch() const;  // that is still looked at
  [[nodiscard]] bool goes_on(const Stream& stream, const Times& times) const;
  [[nodiscard]] bool follows(const Stream& stream, const Times& times, std::size_t epoch) const;

  const AVFormatContext& format_;
  int drawn_;
  std::vector<std::int64_t> offsets_{0};  // of each epoch: what lies between two jumps
  std::vector<Stream> streams_;
  std::optional<std::int64_t> latest_;  // of all streams
};

}  // namespace stylize
