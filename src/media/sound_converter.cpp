#include "sound_converter.h"

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "ffmpeg_error.h"
#include "stylize/core/log.h"

namespace stylize {
namespace {

struct FifoFree {
  void operator()(AVAudioFifo* fifo) const noexcept { av_audio_fifo_free(fifo); }
};
using FifoPtr = std::unique_ptr<AVAudioFifo, FifoFree>;
using ResamplerPtr = std::unique_ptr<SwrContext, AvFree<swr_free>>;

constexpr const char* kSubject = "sound";

// Bits a second that no ear misses in today's lossy codecs.
constexpr std::int64_t kBitsAChannel = 96'000;
// Of encoders that take any.
constexpr int kUsualFrame = 1024;
// Times that differ by more than this part of a second from what was counted are a gap.
constexpr int kGap = 10;

struct SoundFormat {
  AVChannelLayout channels;
  AVSampleFormat samples;
  int rate;
};

int nearest_rate(const AVCodec& codec, int wanted) {
  if (codec.supported_samplerates == nullptr) {
    return wanted;
  }
  int best = *codec.supported_samplerates;
  for (const int* rate = codec.supported_samplerates; *rate != 0; ++rate) {
    if (std::abs(*rate - wanted) < std::abs(best - wanted)) {
      best = *rate;
    }
  }
  return best;
}

AVChannelLayout usual_layout(int channels) {
  AVChannelLayout layout{};
  av_channel_layout_default(&layout, channels);
  return layout;
}

void copy_channels(const AVChannelLayout& from, AVChannelLayout& to) {
  check_av(av_channel_layout_copy(&to, &from), ErrorCode::kOutOfMemory, kSubject, "converting");
}

// Raw sound may say how many channels it has and not which.
void name_channels(AVChannelLayout& layout) {
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    layout = usual_layout(layout.nb_channels);
  }
}

bool takes(const AVCodec& codec, const AVChannelLayout& layout) {
  if (codec.ch_layouts == nullptr) {
    return true;
  }
  for (const AVChannelLayout* each = codec.ch_layouts; each->nb_channels != 0; ++each) {
    if (av_channel_layout_compare(each, &layout) == 0) {
      return true;
    }
  }
  return false;
}

ResamplerPtr make_resampler(const SoundFormat& from, const AVCodecContext& to) {
  AVChannelLayout out = to.ch_layout;
  AVChannelLayout in = from.channels;
  SwrContext* resampler = nullptr;
  check_av(swr_alloc_set_opts2(&resampler, &out, to.sample_fmt, to.sample_rate, &in, from.samples,
                               from.rate, 0, nullptr),
           ErrorCode::kOutOfMemory, kSubject, "converting");
  ResamplerPtr result(resampler);
  return swr_init(result.get()) < 0 ? nullptr : std::move(result);
}

// `bits` a second; 0: as many as the encoder finds right.
CodecPtr open_encoder(const AVCodec& codec, const AVCodecContext& decoder,
                      const AVOutputFormat& format, const AVChannelLayout& channels,
                      std::int64_t bits) {
  CodecPtr encoder(check_allocated(avcodec_alloc_context3(&codec)));
  encoder->sample_fmt = *codec.sample_fmts;
  encoder->sample_rate = nearest_rate(codec, decoder.sample_rate);
  encoder->time_base = {1, encoder->sample_rate};
  copy_channels(channels, encoder->ch_layout);
  encoder->bit_rate = bits;
  if ((format.flags & AVFMT_GLOBALHEADER) != 0) {
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  if (avcodec_open2(encoder.get(), &codec, nullptr) < 0) {
    return nullptr;
  }
  // Not all speakers can be mixed into all others; samples may be known with the first frame only.
  const AVSampleFormat samples =
      decoder.sample_fmt == AV_SAMPLE_FMT_NONE ? AV_SAMPLE_FMT_FLTP : decoder.sample_fmt;
  return make_resampler({decoder.ch_layout, samples, decoder.sample_rate}, *encoder)
             ? std::move(encoder)
             : nullptr;
}

// With the source's speakers, else as many in their usual places, else two.
CodecPtr open_encoder(const AVCodecContext& decoder, const AVOutputFormat& format) {
  const AVCodec* codec = find_good_encoder(format.audio_codec);
  if (codec == nullptr || codec->sample_fmts == nullptr) {
    return nullptr;
  }
  const int channels = decoder.ch_layout.nb_channels;
  for (const AVChannelLayout& layout :
       {decoder.ch_layout, usual_layout(channels), usual_layout(std::min(channels, 2))}) {
    if (!takes(*codec, layout)) {
      continue;
    }
    for (const std::int64_t bits : {kBitsAChannel * layout.nb_channels, std::int64_t{0}}) {
      if (CodecPtr encoder = open_encoder(*codec, decoder, format, layout, bits)) {
        return encoder;
      }
    }
  }
  return nullptr;
}

// Decodes, brings to the encoder's rate, channels and samples, and encodes in the encoder's frames.
class SoundConverter : public StreamConverter {
 public:
  SoundConverter(CodecPtr decoder, CodecPtr encoder)
      : decoder_(std::move(decoder)),
        encoder_(std::move(encoder)),
        decoded_(check_allocated(av_frame_alloc())),
        fifo_(check_allocated(av_audio_fifo_alloc(encoder_->sample_fmt,
                                                  encoder_->ch_layout.nb_channels, kUsualFrame))) {}

  [[nodiscard]] const AVCodecContext& encoder() const override { return *encoder_; }

  std::vector<PacketPtr> convert(const AVPacket* packet) override {
    std::vector<PacketPtr> out;
    if (packet != nullptr && packet->size == 0) {
      return out;  // decoders would take it for the end
    }
    if (const int result = avcodec_send_packet(decoder_.get(), packet); result < 0) {
      log_debug("sound: a packet cannot be decoded: " + av_reason(result));
    }
    while (avcodec_receive_frame(decoder_.get(), decoded_.get()) >= 0) {
      take(*decoded_, out);
      av_frame_unref(decoded_.get());
    }
    if (packet == nullptr) {
      drain();
      encode_waiting(Rest::kAsItIs, out);
      encode(nullptr, out);
    }
    return out;
  }

 private:
  enum class Rest { kWaits, kPadded, kAsItIs };

  void take(AVFrame& frame, std::vector<PacketPtr>& out) {
    name_channels(frame.ch_layout);
    if (!is_like_last(frame)) {
      drain();
    }
    if (frame.pts != AV_NOPTS_VALUE &&
        !follow(av_rescale_q(frame.pts, decoder_->pkt_timebase, encoder_->time_base), out)) {
      return;
    }
    if (!resampler_) {
      start(frame);
    }
    if (!resampler_) {
      log_debug("sound: speakers that cannot be mixed into the others were left out");
      return;
    }
    resample(&frame);
    encode_waiting(Rest::kWaits, out);
  }

  // Broadcasts change from stereo to surround sound between films.
  [[nodiscard]] bool is_like_last(const AVFrame& frame) const {
    return frame.format == last_format_ && frame.sample_rate == last_rate_ &&
           frame.ch_layout.nb_channels == last_channels_;
  }

  void start(const AVFrame& frame) {
    resampler_ = make_resampler(
        {frame.ch_layout, static_cast<AVSampleFormat>(frame.format), frame.sample_rate}, *encoder_);
    last_format_ = frame.format;
    last_rate_ = frame.sample_rate;
    last_channels_ = frame.ch_layout.nb_channels;
  }

  // What the resampler still has, which then ends.
  void drain() {
    if (resampler_) {
      resample(nullptr);
      resampler_.reset();
    }
  }

  // The first sample to come is of this time. Where some are missing, what waits is encoded and the
  // clock goes on behind the gap. False for what was there before, where parts overlap.
  bool follow(std::int64_t time, std::vector<PacketPtr>& out) {
    const std::int64_t in_resampler =
        resampler_ ? swr_get_delay(resampler_.get(), encoder_->sample_rate) : 0;
    const std::int64_t waiting = av_audio_fifo_size(fifo_.get()) + in_resampler;
    const std::int64_t apart = time - (next_ + waiting);
    const int tolerated = encoder_->sample_rate / kGap;
    if (!has_begun_) {
      const bool is_first = next_ == 0 && waiting == 0;
      next_ = is_first ? time : std::max(next_, time - waiting);
    } else if (apart < -tolerated) {
      return false;
    } else if (apart > tolerated) {
      drain();
      encode_waiting(Rest::kPadded, out);
      next_ = std::max(next_, time);
    }
    has_begun_ = true;
    return true;
  }

  // Null: what the resampler still has.
  void resample(const AVFrame* frame) {
    const int most =
        swr_get_out_samples(resampler_.get(), frame == nullptr ? 0 : frame->nb_samples);
    if (most <= 0) {
      return;
    }
    const FramePtr result = make_frame(most);
    const auto** input =
        frame == nullptr ? nullptr : const_cast<const std::uint8_t**>(frame->extended_data);
    const int samples = check_av(swr_convert(resampler_.get(), result->extended_data, most, input,
                                             frame == nullptr ? 0 : frame->nb_samples),
                                 ErrorCode::kInternal, kSubject, "cannot convert");
    void** data = reinterpret_cast<void**>(result->extended_data);
    check_av(av_audio_fifo_write(fifo_.get(), data, samples), ErrorCode::kOutOfMemory, kSubject,
             "converting");
  }

  [[nodiscard]] FramePtr make_frame(int samples) const {
    FramePtr frame(check_allocated(av_frame_alloc()));
    frame->format = encoder_->sample_fmt;
    frame->sample_rate = encoder_->sample_rate;
    frame->nb_samples = samples;
    copy_channels(encoder_->ch_layout, frame->ch_layout);
    check_av(av_frame_get_buffer(frame.get(), 0), ErrorCode::kOutOfMemory, kSubject, "converting");
    return frame;
  }

  [[nodiscard]] int frame_size() const {
    return encoder_->frame_size > 0 ? encoder_->frame_size : kUsualFrame;
  }

  // All whole frames, and what is left as `rest` says.
  void encode_waiting(Rest rest, std::vector<PacketPtr>& out) {
    constexpr int kTakesLess = AV_CODEC_CAP_SMALL_LAST_FRAME | AV_CODEC_CAP_VARIABLE_FRAME_SIZE;
    const bool takes_less =
        rest == Rest::kAsItIs && (encoder_->codec->capabilities & kTakesLess) != 0;
    const int least = rest == Rest::kWaits ? frame_size() : 1;
    for (int waiting = 0; (waiting = av_audio_fifo_size(fifo_.get())) >= least;) {
      const int samples = std::min(waiting, frame_size());
      const bool is_padded = samples < frame_size() && !takes_less;
      const FramePtr frame = make_frame(is_padded ? frame_size() : samples);
      void** data = reinterpret_cast<void**>(frame->extended_data);
      check_av(av_audio_fifo_read(fifo_.get(), data, samples), ErrorCode::kInternal, kSubject,
               "cannot convert");
      if (is_padded) {
        av_samples_set_silence(frame->extended_data, samples, frame_size() - samples,
                               encoder_->ch_layout.nb_channels, encoder_->sample_fmt);
      }
      frame->pts = next_;
      next_ += samples;
      encode(frame.get(), out);
    }
  }

  void encode(const AVFrame* frame, std::vector<PacketPtr>& out) {
    const int result = avcodec_send_frame(encoder_.get(), frame);
    check_av(result == AVERROR_EOF ? 0 : result, ErrorCode::kInternal, kSubject, "cannot encode");
    for (;;) {
      PacketPtr packet(check_allocated(av_packet_alloc()));
      if (avcodec_receive_packet(encoder_.get(), packet.get()) < 0) {
        return;
      }
      out.push_back(std::move(packet));
    }
  }

  CodecPtr decoder_;
  CodecPtr encoder_;
  FramePtr decoded_;
  ResamplerPtr resampler_;  // once the first frame has said what it is
  FifoPtr fifo_;
  int last_format_ = AV_SAMPLE_FMT_NONE;
  int last_rate_ = 0;
  int last_channels_ = 0;
  std::int64_t next_ = 0;  // time of the first sample in the queue, in samples
  bool has_begun_ = false;
};

}  // namespace

std::unique_ptr<StreamConverter> make_sound_converter(const AVStream& from,
                                                      const AVOutputFormat& format) {
  CodecPtr decoder = open_stream_decoder(from);
  if (decoder) {
    name_channels(decoder->ch_layout);
  }
  CodecPtr encoder = decoder ? open_encoder(*decoder, format) : nullptr;
  return encoder ? std::make_unique<SoundConverter>(std::move(decoder), std::move(encoder))
                 : nullptr;
}

}  // namespace stylize
