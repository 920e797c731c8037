#include "muxer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "ffmpeg_error.h"
#include "stylize/core/log.h"

namespace stylize {
namespace {

// Matroska's Opus begins at the end of its run-up. libavformat takes that off when it reads, and
// leaves it to the caller to have it added when it writes.
std::int64_t opus_delay(const AVStream& stream) {
  constexpr AVRational kClockOfOpus{1, 48000};  // whatever rate the sound was recorded at
  const AVCodecParameters& sound = *stream.codecpar;
  return sound.codec_id == AV_CODEC_ID_OPUS
             ? av_rescale_q(sound.initial_padding, kClockOfOpus, stream.time_base)
             : 0;
}

}  // namespace

Muxer::Muxer(const std::filesystem::path& path, const std::filesystem::path& temporary,
             VideoContainer container)
    : path_(path), container_(std::move(container)), file_(path, temporary) {
  // The address matters: to move the index to the front, the file is opened a second time.
  const std::string address = "file:" + file_.temporary_name();
  AVFormatContext* context = nullptr;
  check_av_write(
      avformat_alloc_output_context2(&context, container_.format, nullptr, address.c_str()), path_);
  context_.reset(context);
  check_av_write(avio_open(&context_->pb, address.c_str(), AVIO_FLAG_WRITE), path_);
}

Muxer::~Muxer() { avio_closep(&context_->pb); }

AVStream& Muxer::add_stream() {
  last_dts_.push_back(AV_NOPTS_VALUE);
  return *check_allocated(avformat_new_stream(context_.get(), nullptr));
}

void Muxer::write_header(int ticks) {
  Dictionary options;
  if (container_.is_mov()) {
    options.set("movflags", "+faststart");
    options.set("video_track_timescale", std::to_string(ticks));
  }
  if (container_.name == "m2ts") {
    options.set("mpegts_m2ts_mode", "1");  // libavformat goes by the name, which is a temporary one
  }
  if (is_transport_stream()) {
    // How long before it is shown a picture may arrive; libavformat would have it come too late.
    constexpr int kUsualDelay = 700000;  // microseconds
    context_->max_delay = kUsualDelay;
  }
  if (container_.is_matroska()) {
    // Sound that begins a little before 0 would move every frame.
    context_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  }
  forget_av_reason();
  check_av_write(avformat_write_header(context_.get(), options.address()), path_);
}

// Muxers refuse packets whose times do not grow, are unknown, or show before they are decoded; one
// such packet of damaged sound must not cost a whole video.
void Muxer::make_times_grow(AVPacket& packet, int stream) {
  std::int64_t& last = last_dts_[static_cast<std::size_t>(stream)];
  const bool may_repeat = (container_.format->flags & AVFMT_TS_NONSTRICT) != 0;
  const std::int64_t first = last == AV_NOPTS_VALUE ? std::numeric_limits<std::int64_t>::min()
                                                    : last + (may_repeat ? 0 : 1);
  if (packet.dts == AV_NOPTS_VALUE) {
    packet.dts = packet.pts != AV_NOPTS_VALUE ? packet.pts : last == AV_NOPTS_VALUE ? 0 : last + 1;
  }
  packet.dts = std::max(packet.dts, first);
  packet.pts = packet.pts == AV_NOPTS_VALUE ? packet.dts : std::max(packet.pts, packet.dts);
  last = packet.dts;
}

void Muxer::write(PacketPtr packet, int stream, AVRational time_base) {
  packet->stream_index = stream;
  packet->pos = -1;
  const AVStream& target = *context_->streams[stream];
  av_packet_rescale_ts(packet.get(), time_base, target.time_base);
  if (container_.is_matroska() || container_.name == "webm") {
    for (std::int64_t* time : {&packet->pts, &packet->dts}) {
      *time += *time == AV_NOPTS_VALUE ? 0 : opus_delay(target);
    }
  }
  if (container_.has_constant_rate() &&
      last_dts_[static_cast<std::size_t>(stream)] == AV_NOPTS_VALUE) {
    fill_beginning(*packet);
  }
  make_times_grow(*packet, stream);
  waiting_ += static_cast<std::size_t>(packet->size) + sizeof(AVPacket);
  forget_av_reason();
  check_av_write(av_interleaved_write_frame(context_.get(), packet.get()), path_);
  bound_waiting();
}

// In such containers all streams begin at 0: an empty packet tells that no picture is there yet.
// libavformat fills gaps by itself, except the first. For sound there is no such thing.
void Muxer::fill_beginning(const AVPacket& first) {
  const AVStream& stream = *context_->streams[first.stream_index];
  const std::int64_t time = first.dts == AV_NOPTS_VALUE ? first.pts : first.dts;
  if (time == AV_NOPTS_VALUE || time <= 0) {
    return;
  }
  if (stream.codecpar->codec_type != AVMEDIA_TYPE_VIDEO) {
    constexpr double kNoticed = 0.1;  // seconds
    if (const double late = static_cast<double>(time) * av_q2d(stream.time_base); late > kNoticed) {
      log_warning(path_.string() + ": stream " + std::to_string(first.stream_index) + " begins " +
                  std::to_string(std::lround(late * 1000)) + " ms late, which " + container_.name +
                  " cannot tell: it will be early; mkv and mp4 can");
    }
    return;
  }
  PacketPtr empty(check_allocated(av_packet_alloc()));
  check_av(av_new_packet(empty.get(), 0), ErrorCode::kOutOfMemory, "video", "writing");
  empty->stream_index = first.stream_index;
  empty->pts = empty->dts = 0;
  check_av_write(av_interleaved_write_frame(context_.get(), empty.get()), path_);
}

// libavformat keeps packets until all streams have some; where one has a single picture, that is
// until the end.
void Muxer::bound_waiting() {
  constexpr std::size_t kMost = std::size_t{32} << 20U;  // bytes
  if (waiting_ >= kMost) {
    check_av_write(av_interleaved_write_frame(context_.get(), nullptr), path_);
    waiting_ = 0;
  }
}

void Muxer::finish(Overwrite overwrite) {
  forget_av_reason();
  check_av_write(av_write_trailer(context_.get()), path_);
  check_av_write(avio_closep(&context_->pb), path_);
  file_.publish_as_final(overwrite);
}

}  // namespace stylize
