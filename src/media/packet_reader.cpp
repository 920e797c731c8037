#include "packet_reader.h"

#include <algorithm>
#include <cmath>

#include "ffmpeg_error.h"
#include "stylize/core/log.h"

namespace stylize {

PacketReader::PacketReader(const VideoSource& source) : source_(source) {
  if (source_.may_jump()) {
    clock_.emplace(*source_.format, source_.drawn);
  }
  seek();
}

void PacketReader::seek() {
  // Seeking goes by decoding times, which lie before those of showing, and some formats guess.
  constexpr double kMargin = 10.0;  // seconds
  const double target = source_.begin - kMargin;
  // A time says no place in a file whose clock jumps.
  if (target <= source_.first || source_.may_jump() || source_.feed) {
    return;
  }
  const auto ticks =
      static_cast<std::int64_t>(std::floor(target / av_q2d(source_.drawn_stream().time_base)));
  // Where seeking does not work, what lies before is read and dropped.
  if (av_seek_frame(source_.format.get(), source_.drawn, ticks, AVSEEK_FLAG_BACKWARD) < 0) {
    log_debug(source_.path + ": cannot seek; reads from its beginning");
  }
}

PacketPtr PacketReader::next() {
  while (!has_ended_) {
    PacketPtr packet(check_allocated(av_packet_alloc()));
    const int result = source_.feed ? source_.feed->read(*packet)
                                    : av_read_frame(source_.format.get(), packet.get());
    if (result < 0) {
      handle_failure(result);
      continue;
    }
    errors_ = 0;
    packet->time_base = source_.format->streams[packet->stream_index]->time_base;
    if (clock_) {
      clock_->apply(*packet);
    }
    drawn_packets_ += packet->stream_index == source_.drawn ? 1 : 0;
    if (is_past_end(*packet)) {
      has_ended_ = true;
      break;
    }
    return packet;
  }
  return nullptr;
}

bool PacketReader::is_past_end(const AVPacket& packet) {
  constexpr double kInterleaving = 2.0;  // seconds by which streams are usually apart in a file
  constexpr double kFarthest = 30.0;     // and in bad ones
  const std::int64_t time = packet.dts == AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (time == AV_NOPTS_VALUE || !source_.is_behind(time, packet.time_base, kInterleaving)) {
    return false;
  }
  passed_.insert(packet.stream_index);
  if (packet.stream_index == source_.drawn &&
      source_.is_behind(time, packet.time_base, kFarthest)) {
    return true;
  }
  return have_all_passed();
}

bool PacketReader::have_all_passed() const {
  for (unsigned int i = 0; i < source_.format->nb_streams; ++i) {
    const AVStream& stream = *source_.format->streams[i];
    const AVMediaType type = stream.codecpar->codec_type;
    const bool is_steady = (type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO) &&
                           (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
    if (is_steady && !passed_.contains(static_cast<int>(i))) {
      return false;
    }
  }
  return true;
}

void PacketReader::handle_failure(int result) {
  constexpr int kMostErrors = 100;
  if (result == AVERROR(EAGAIN)) {
    return;
  }
  if (result == AVERROR(EIO) || result == AVERROR(ENOMEM)) {
    check_av(result, result == AVERROR(EIO) ? ErrorCode::kInputCorrupt : ErrorCode::kOutOfMemory,
             source_.path, "cannot be read");
  }
  if (result == AVERROR_EOF || ++errors_ == kMostErrors) {
    count_missing();
    has_ended_ = true;
    return;
  }
  ++damaged_;
}

// An index that promises more than there is: the file was cut off.
void PacketReader::count_missing() {
  const int promised = avformat_index_get_entries_count(&source_.drawn_stream());
  if (!source_.is_part && promised > drawn_packets_) {
    damaged_ += promised - drawn_packets_;
  }
}

}  // namespace stylize
