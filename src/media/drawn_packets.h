// What a decoder needs to show the frames of a part.
#pragma once

#include <deque>

#include "packet_reader.h"

namespace stylize {

// The drawn stream's packets, from the last key frame on that is shown no later than the part
// begins. `packets` and `source` must outlive it. Not thread safe.
class DrawnPackets {
 public:
  DrawnPackets(PacketReader& packets, const VideoSource& source)
      : packets_(packets), source_(source), has_begun_(source.begin <= source.first) {}

  PacketPtr next();  // null at the end

 private:
  PacketPtr read();
  void find_begin();
  [[nodiscard]] bool suffices(const AVPacket& packet) const;

  PacketReader& packets_;
  const VideoSource& source_;
  bool has_begun_;
  std::deque<PacketPtr> waiting_;
};

}  // namespace stylize
