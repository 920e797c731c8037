#include "video_decoder.h"

#include <algorithm>

#include "ffmpeg_error.h"

namespace stylize {

VideoDecoder::VideoDecoder(const VideoSource& source, int threads) {
  const AVStream& stream = source.drawn_stream();
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  if (codec == nullptr) {
    throw Error(ErrorCode::kInputUnsupported, source.path,
                "there is no decoder for " + source.info.codec);
  }
  context_.reset(check_allocated(avcodec_alloc_context3(codec)));
  check_av(avcodec_parameters_to_context(context_.get(), stream.codecpar),
           ErrorCode::kInputUnsupported, source.path, "cannot be decoded");
  context_->pkt_timebase = stream.time_base;
  context_->thread_count = threads;
  context_->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
  check_av(avcodec_open2(context_.get(), codec, nullptr), ErrorCode::kInputUnsupported, source.path,
           "cannot be decoded");
  if (stream.start_time != AV_NOPTS_VALUE) {
    next_pts_ = stream.start_time;
  }
  const AVRational rate = stream.avg_frame_rate;
  if (rate.num > 0 && rate.den > 0) {
    usual_duration_ = std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(rate), stream.time_base));
  }
}

void VideoDecoder::send(const AVPacket* packet) {
  if (packet != nullptr && packet->size == 0) {
    return;  // "the last picture again"; libavcodec might take it for the end
  }
  const int result = avcodec_send_packet(context_.get(), packet);
  if (result < 0 && result != AVERROR_EOF && result != AVERROR(EAGAIN)) {
    check_av(result == AVERROR(ENOMEM) ? result : 0, ErrorCode::kOutOfMemory, "video", "decoding");
    ++damaged_;
  }
}

FramePtr VideoDecoder::receive() {
  constexpr int kMostErrors = 1000;  // in a row: the decoder is stuck
  FramePtr frame(check_allocated(av_frame_alloc()));
  for (int errors = 0; !is_done_; ++errors) {
    const int result = avcodec_receive_frame(context_.get(), frame.get());
    if (result == AVERROR(EAGAIN)) {
      return nullptr;
    }
    if (result == AVERROR_EOF || (result < 0 && errors == kMostErrors)) {
      is_done_ = true;
    } else if (result < 0) {
      check_av(result == AVERROR(ENOMEM) ? result : 0, ErrorCode::kOutOfMemory, "video",
               "decoding");
      ++damaged_;
    } else if ((frame->flags & AV_FRAME_FLAG_DISCARD) == 0) {
      if ((frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0) {
        ++damaged_;
      }
      complete_times(*frame);
      return frame;
    }
  }
  return nullptr;
}

void VideoDecoder::complete_times(AVFrame& frame) {
  if (frame.pts == AV_NOPTS_VALUE) {
    frame.pts = frame.best_effort_timestamp;
  }
  if (frame.pts == AV_NOPTS_VALUE) {
    frame.pts = next_pts_;
  }
  next_pts_ = frame.pts + (frame.pkt_duration > 0 ? frame.pkt_duration : usual_duration_);
}

}  // namespace stylize
