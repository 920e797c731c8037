// Sound and subtitles in another coding, for containers that cannot hold theirs.
#pragma once

#include <memory>
#include <vector>

#include "ffmpeg_ptr.h"

namespace stylize {

// Packets in, packets out, in their order. Not thread safe. What cannot be decoded is left out,
// with a line in the debug log.
class StreamConverter {
 public:
  StreamConverter() = default;
  virtual ~StreamConverter() = default;
  StreamConverter(const StreamConverter&) = delete;
  StreamConverter& operator=(const StreamConverter&) = delete;

  // What comes out; its time base is that of the packets.
  [[nodiscard]] virtual const AVCodecContext& encoder() const = 0;

  // What there is after this packet of the stream, its times in the stream's clock; null: its end.
  // Throws Error kInternal where the encoder fails.
  virtual std::vector<PacketPtr> convert(const AVPacket* packet) = 0;
};

// To what `format` usually holds. Null where nothing makes that of `from`: pictures as subtitles,
// data, codecs without a decoder.
std::unique_ptr<StreamConverter> make_stream_converter(const AVStream& from,
                                                       const AVOutputFormat& format);

// Of a codec, one that is not an experiment; null where there is none.
const AVCodec* find_good_encoder(AVCodecID codec);

// Open for its packets; null where there is none.
CodecPtr open_stream_decoder(const AVStream& from);

}  // namespace stylize
