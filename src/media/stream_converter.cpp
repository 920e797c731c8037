#include "stream_converter.h"

#include <utility>

#include "ffmpeg_error.h"
#include "sound_converter.h"
#include "subtitle_converter.h"

namespace stylize {

const AVCodec* find_good_encoder(AVCodecID codec) {
  void* position = nullptr;
  while (const AVCodec* encoder = av_codec_iterate(&position)) {
    if (encoder->id == codec && av_codec_is_encoder(encoder) != 0 &&
        (encoder->capabilities & AV_CODEC_CAP_EXPERIMENTAL) == 0) {
      return encoder;
    }
  }
  return nullptr;
}

std::unique_ptr<StreamConverter> make_stream_converter(const AVStream& from,
                                                       const AVOutputFormat& format) {
  switch (from.codecpar->codec_type) {
    case AVMEDIA_TYPE_AUDIO: return make_sound_converter(from, format);
    case AVMEDIA_TYPE_SUBTITLE: return make_subtitle_converter(from, format);
    default: return nullptr;
  }
}

CodecPtr open_stream_decoder(const AVStream& from) {
  const AVCodec* codec = avcodec_find_decoder(from.codecpar->codec_id);
  if (codec == nullptr) {
    return nullptr;
  }
  CodecPtr decoder(check_allocated(avcodec_alloc_context3(codec)));
  if (avcodec_parameters_to_context(decoder.get(), from.codecpar) < 0) {
    return nullptr;
  }
  decoder->pkt_timebase = from.time_base;
  return avcodec_open2(decoder.get(), codec, nullptr) < 0 ? nullptr : std::move(decoder);
}

}  // namespace stylize
