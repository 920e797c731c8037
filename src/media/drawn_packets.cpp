#include "drawn_packets.h"

#include <utility>

namespace stylize {

PacketPtr DrawnPackets::next() {
  if (!has_begun_) {
    find_begin();
    has_begun_ = true;
  }
  if (waiting_.empty()) {
    return read();
  }
  PacketPtr packet = std::move(waiting_.front());
  waiting_.pop_front();
  return packet;
}

PacketPtr DrawnPackets::read() {
  PacketPtr packet = packets_.next();
  while (packet && packet->stream_index != source_.drawn) {
    packet = packets_.next();
  }
  return packet;
}

// Whether all frames from the part's begin on can be decoded from this packet on.
bool DrawnPackets::suffices(const AVPacket& packet) const {
  if ((packet.flags & AV_PKT_FLAG_KEY) == 0) {
    return false;
  }
  if (packet.pts != AV_NOPTS_VALUE) {
    return source_.is_before(packet.pts - 1, packet.time_base);
  }
  // Frames before it in showing order may come behind it; by how much is not known.
  const auto most = static_cast<std::int64_t>(1 / av_q2d(packet.time_base));
  return packet.dts != AV_NOPTS_VALUE && source_.is_before(packet.dts + most, packet.time_base);
}

void DrawnPackets::find_begin() {
  constexpr std::size_t kMostWaiting = 600;  // where key frames are rarer, all is decoded
  while (PacketPtr packet = read()) {
    const std::int64_t time = packet->pts == AV_NOPTS_VALUE ? packet->dts : packet->pts;
    const bool is_early = time == AV_NOPTS_VALUE || source_.is_before(time, packet->time_base);
    if (suffices(*packet)) {
      waiting_.clear();
    }
    waiting_.push_back(std::move(packet));
    if (!is_early || waiting_.size() == kMostWaiting) {
      return;
    }
  }
}

}  // namespace stylize
