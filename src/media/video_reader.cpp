#include "stylize/media/video_reader.h"

#include <algorithm>
#include <cmath>

#include "drawn_packets.h"
#include "frame_converter.h"
#include "packet_reader.h"
#include "stylize/core/error.h"
#include "stylize/media/image_probe.h"
#include "video_decoder.h"
#include "video_source.h"

namespace stylize {

void MediaPacket::Deleter::operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }

bool is_still_picture(const std::filesystem::path& path) {
  if (!probe_image(path)) {
    return false;
  }
  try {
    return VideoReader(path).info().is_still;
  } catch (const Error&) {
    return true;  // of a kind that libav does not know
  }
}

class VideoReader::Impl {
 public:
  Impl(const std::filesystem::path& path, const VideoReadOptions& options)
      : source_(open_video(path, options)),
        packets_(source_),
        drawn_(packets_, source_),
        decoder_(source_, options.threads),
        deep_(options.deep && source_.info.bits > 8) {}

  [[nodiscard]] const VideoSource& source() const { return source_; }
  [[nodiscard]] int damaged() const { return packets_.damaged() + decoder_.damaged(); }

  std::optional<VideoFrame> next_frame() {
    const FramePtr frame = next_decoded();
    if (!frame) {
      return std::nullopt;
    }
    const cv::Mat rgb = converter_.to_rgb(*frame, source_.stored_size(), deep_);
    return VideoFrame{source_.rotation.apply(rgb),
                      frame->pts - source_.shift_ticks(source_.drawn_stream().time_base),
                      std::max<std::int64_t>(0, frame->pkt_duration)};
  }

  void skip_frames(std::int64_t frames) {
    while (frames > 0 && next_decoded()) {
      --frames;
    }
  }

  std::optional<MediaPacket> next_packet() {
    while (PacketPtr packet = packets_.next()) {
      if (packet->stream_index != source_.drawn && !is_picture(*packet) && move(*packet)) {
        return MediaPacket(packet.release());
      }
    }
    return std::nullopt;
  }

 private:
  // The next frame of the part.
  FramePtr next_decoded() {
    for (;;) {
      if (FramePtr frame = receive_frame()) {
        return frame;
      }
      if (decoder_.is_done()) {
        return nullptr;
      }
      const PacketPtr packet = is_past_end_ ? nullptr : drawn_.next();
      decoder_.send(packet.get());
    }
  }

  // One that the decoder has ready.
  FramePtr receive_frame() {
    const AVRational base = source_.drawn_stream().time_base;
    while (FramePtr frame = decoder_.receive()) {
      if (source_.is_behind(frame->pts, base)) {
        is_past_end_ = true;
      } else if (source_.begin <= source_.first || !source_.is_before(frame->pts, base)) {
        return frame;
      }
    }
    return nullptr;
  }

  // The writer takes pictures from the header: after a seek they are not read again.
  [[nodiscard]] bool is_picture(const AVPacket& packet) const {
    return (source_.format->streams[packet.stream_index]->disposition &
            AV_DISPOSITION_ATTACHED_PIC) != 0;
  }

  // To its time in the output; false: it does not belong there.
  [[nodiscard]] bool move(AVPacket& packet) const {
    const std::int64_t time = packet.pts == AV_NOPTS_VALUE ? packet.dts : packet.pts;
    if (source_.is_part) {
      if (time == AV_NOPTS_VALUE || source_.is_behind(time, packet.time_base) ||
          (source_.begin > source_.first && source_.is_before(time, packet.time_base))) {
        return false;
      }
      const AVStream& stream = *source_.format->streams[packet.stream_index];
      if (stream.codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE && std::isfinite(source_.end)) {
        const double left = source_.end - static_cast<double>(time) * av_q2d(packet.time_base);
        packet.duration =
            std::min(packet.duration, static_cast<std::int64_t>(left / av_q2d(packet.time_base)));
      }
    }
    for (std::int64_t* ticks : {&packet.pts, &packet.dts}) {
      *ticks -= *ticks == AV_NOPTS_VALUE ? 0 : source_.shift_ticks(packet.time_base);
    }
    return true;
  }

  VideoSource source_;
  PacketReader packets_;
  DrawnPackets drawn_;
  VideoDecoder decoder_;
  FrameConverter converter_;
  bool deep_;
  bool is_past_end_ = false;  // a part's last frame has been seen
};

VideoReader::VideoReader(const std::filesystem::path& path, const VideoReadOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&& other) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&& other) noexcept = default;

const VideoInfo& VideoReader::info() const { return impl_->source().info; }
std::optional<VideoFrame> VideoReader::next_frame() { return impl_->next_frame(); }
void VideoReader::skip_frames(std::int64_t frames) { impl_->skip_frames(frames); }
std::optional<MediaPacket> VideoReader::next_packet() { return impl_->next_packet(); }
int VideoReader::damaged() const { return impl_->damaged(); }
const VideoSource& VideoReader::source() const { return impl_->source(); }

}  // namespace stylize
