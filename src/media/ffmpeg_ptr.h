// libav's objects with owners.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

namespace stylize {

// For the functions that free what a pointer's address leads to.
template <auto Free>
struct AvFree {
  template <typename Object>
  void operator()(Object* object) const noexcept {
    Free(&object);
  }
};

struct SwsFree {
  void operator()(SwsContext* context) const noexcept { sws_freeContext(context); }
};

struct OutputFree {
  void operator()(AVFormatContext* context) const noexcept { avformat_free_context(context); }
};

using FramePtr = std::unique_ptr<AVFrame, AvFree<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, AvFree<av_packet_free>>;
using CodecPtr = std::unique_ptr<AVCodecContext, AvFree<avcodec_free_context>>;
using InputPtr = std::unique_ptr<AVFormatContext, AvFree<avformat_close_input>>;
using OutputPtr = std::unique_ptr<AVFormatContext, OutputFree>;
using SwsPtr = std::unique_ptr<SwsContext, SwsFree>;

// An AVDictionary that is freed.
class Dictionary {
 public:
  Dictionary() = default;
  ~Dictionary() { av_dict_free(&entries_); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  void set(const std::string& key, const std::string& value) {
    av_dict_set(&entries_, key.c_str(), value.c_str(), 0);
  }
  // For libav's functions, which take out what they understood.
  [[nodiscard]] AVDictionary** address() { return &entries_; }
  // The first key that is left, or nothing.
  [[nodiscard]] std::string first_key() const {
    const AVDictionaryEntry* entry = av_dict_get(entries_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
    return entry == nullptr ? std::string() : entry->key;
  }

 private:
  AVDictionary* entries_ = nullptr;
};

}  // namespace stylize
