#include "subtitle_converter.h"

#include <cstring>
#include <utility>

#include "ffmpeg_error.h"
#include "stylize/core/log.h"

namespace stylize {
namespace {

constexpr const char* kSubject = "subtitles";

bool is_text(AVCodecID codec) {
  const AVCodecDescriptor* description = avcodec_descriptor_get(codec);
  return description != nullptr && (description->props & AV_CODEC_PROP_TEXT_SUB) != 0;
}

CodecPtr open_encoder(const AVCodecContext& decoder, AVCodecID wanted) {
  constexpr int kMilliseconds = 1000;
  const AVCodec* codec = find_good_encoder(wanted);
  if (codec == nullptr) {
    return nullptr;
  }
  CodecPtr encoder(check_allocated(avcodec_alloc_context3(codec)));
  encoder->time_base = {1, kMilliseconds};
  if (decoder.subtitle_header != nullptr) {
    // Encoders want it to end in a zero, and free it.
    const auto size = static_cast<std::size_t>(decoder.subtitle_header_size);
    auto* header = static_cast<std::uint8_t*>(check_allocated(av_mallocz(size + 1)));
    std::memcpy(header, decoder.subtitle_header, size);
    encoder->subtitle_header = header;
    encoder->subtitle_header_size = decoder.subtitle_header_size;
  }
  return avcodec_open2(encoder.get(), codec, nullptr) < 0 ? nullptr : std::move(encoder);
}

// A decoded subtitle that is freed.
struct Subtitle {
  AVSubtitle value{};
  Subtitle() = default;
  ~Subtitle() { avsubtitle_free(&value); }
  Subtitle(const Subtitle&) = delete;
  Subtitle& operator=(const Subtitle&) = delete;
};

class SubtitleConverter : public StreamConverter {
 public:
  SubtitleConverter(CodecPtr decoder, CodecPtr encoder)
      : decoder_(std::move(decoder)), encoder_(std::move(encoder)) {}

  [[nodiscard]] const AVCodecContext& encoder() const override { return *encoder_; }

  std::vector<PacketPtr> convert(const AVPacket* packet) override {
    std::vector<PacketPtr> out;
    if (packet == nullptr || packet->pts == AV_NOPTS_VALUE) {
      return out;  // what has no time cannot be shown
    }
    const PacketPtr copy(check_allocated(av_packet_clone(packet)));
    Subtitle text;
    int is_there = 0;
    const int result = avcodec_decode_subtitle2(decoder_.get(), &text.value, &is_there, copy.get());
    if (result < 0 || is_there == 0 || text.value.num_rects == 0) {
      log_debug("subtitles: a packet without a text was left out");
      return out;
    }
    if (PacketPtr encoded = encode(text.value, *packet)) {
      out.push_back(std::move(encoded));
    }
    return out;
  }

 private:
  // Times are the packet's: decoders only repeat them.
  PacketPtr encode(const AVSubtitle& text, const AVPacket& packet) {
    constexpr int kLongest = 1 << 20;  // bytes; far more than any screen holds
    std::vector<std::uint8_t> bytes(kLongest);
    const int size = avcodec_encode_subtitle(encoder_.get(), bytes.data(), kLongest, &text);
    if (size < 0) {
      log_debug("subtitles: a text was left out: " + av_reason(size));
      return nullptr;
    }
    PacketPtr result(check_allocated(av_packet_alloc()));
    check_av(av_new_packet(result.get(), size), ErrorCode::kOutOfMemory, kSubject, "converting");
    std::memcpy(result->data, bytes.data(), static_cast<std::size_t>(size));
    result->pts = result->dts = av_rescale_q(packet.pts, packet.time_base, encoder_->time_base);
    result->duration = av_rescale_q(packet.duration, packet.time_base, encoder_->time_base);
    result->flags |= AV_PKT_FLAG_KEY;
    return result;
  }

  CodecPtr decoder_;
  CodecPtr encoder_;
};

}  // namespace

std::unique_ptr<StreamConverter> make_subtitle_converter(const AVStream& from,
                                                         const AVOutputFormat& format) {
  // mov says nothing of its own.
  const bool is_mov = std::strcmp(format.name, "mov") == 0 || std::strcmp(format.name, "mp4") == 0;
  const AVCodecID wanted = is_mov ? AV_CODEC_ID_MOV_TEXT : format.subtitle_codec;
  if (!is_text(from.codecpar->codec_id) || !is_text(wanted)) {
    return nullptr;
  }
  CodecPtr decoder = open_stream_decoder(from);
  CodecPtr encoder = decoder ? open_encoder(*decoder, wanted) : nullptr;
  return encoder ? std::make_unique<SubtitleConverter>(std::move(decoder), std::move(encoder))
                 : nullptr;
}

}  // namespace stylize
