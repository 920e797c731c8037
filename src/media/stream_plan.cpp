#include "stream_plan.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "ffmpeg_error.h"
#include "stream_converter.h"

namespace stylize {
namespace {

// An output that is kept in memory and thrown away.
class TrialOutput {
 public:
  explicit TrialOutput(const AVOutputFormat& format) {
    AVFormatContext* context = nullptr;
    check_av(avformat_alloc_output_context2(&context, &format, nullptr, nullptr),
             ErrorCode::kInternal, "libavformat", "trying a container");
    context_.reset(context);
    check_av(avio_open_dyn_buf(&context_->pb), ErrorCode::kOutOfMemory, "libavformat",
             "trying a container");
  }
  ~TrialOutput() {
    std::uint8_t* bytes = nullptr;
    avio_close_dyn_buf(context_->pb, &bytes);
    av_free(bytes);
    context_->pb = nullptr;
  }
  TrialOutput(const TrialOutput&) = delete;
  TrialOutput& operator=(const TrialOutput&) = delete;

  [[nodiscard]] AVFormatContext* get() const { return context_.get(); }

 private:
  OutputPtr context_;
};

// Its muxer takes all else, too, and writes it as data that nobody knows.
bool is_of_transport_streams(AVCodecID codec) {
  constexpr std::array kCodecs{
      AV_CODEC_ID_MPEG1VIDEO,
      AV_CODEC_ID_MPEG2VIDEO,
      AV_CODEC_ID_MPEG4,
      AV_CODEC_ID_H264,
      AV_CODEC_ID_HEVC,
      AV_CODEC_ID_CAVS,
      AV_CODEC_ID_DIRAC,
      AV_CODEC_ID_VC1,
      AV_CODEC_ID_MP2,
      AV_CODEC_ID_MP3,
      AV_CODEC_ID_AAC,
      AV_CODEC_ID_AAC_LATM,
      AV_CODEC_ID_AC3,
      AV_CODEC_ID_EAC3,
      AV_CODEC_ID_DTS,
      AV_CODEC_ID_TRUEHD,
      AV_CODEC_ID_OPUS,
      AV_CODEC_ID_S302M,
      AV_CODEC_ID_PCM_BLURAY,
      AV_CODEC_ID_DVB_SUBTITLE,
      AV_CODEC_ID_DVB_TELETEXT,
      AV_CODEC_ID_TIMED_ID3,
      AV_CODEC_ID_HDMV_PGS_SUBTITLE,
      AV_CODEC_ID_SMPTE_KLV,
  };
  return std::find(kCodecs.begin(), kCodecs.end(), codec) != kCodecs.end();
}

bool knows(const AVOutputFormat& format, AVCodecID codec) {
  return std::string_view(format.name) == "mpegts"
             ? is_of_transport_streams(codec)
             : avformat_query_codec(&format, codec, FF_COMPLIANCE_NORMAL) != 0;
}

// Tables of codecs tell half of it; the rest is known once a header was written.
bool can_hold(const AVOutputFormat& format, const AVStream& stream, StreamRole role) {
  const bool is_attachment = stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT;
  if (role == StreamRole::kCopied && !is_attachment && !knows(format, stream.codecpar->codec_id)) {
    return false;
  }
  const TrialOutput trial(format);
  AVStream* copy = check_allocated(avformat_new_stream(trial.get(), nullptr));
  if (role == StreamRole::kAttachment) {
    attach_picture(stream, *copy);
  } else {
    copy_stream(stream, *copy, format);
  }
  return avformat_write_header(trial.get(), nullptr) >= 0;
}

bool is_tagged(const AVStream& stream, const char* tag) {
  std::uint32_t value = 0;
  std::memcpy(&value, tag, sizeof(value));
  return stream.codecpar->codec_type == AVMEDIA_TYPE_DATA && stream.codecpar->codec_tag == value;
}

// Tracks that stand for chapters and for the first frame's time code in mov files.
bool is_implied(const AVFormatContext& input, const AVStream& stream,
                const VideoContainer& container) {
  const bool is_time_code = is_tagged(stream, "tmcd") && container.name == "mov" &&
                            av_dict_get(stream.metadata, "timecode", nullptr, 0) != nullptr;
  return is_time_code || (is_tagged(stream, "text") && input.nb_chapters > 0);
}

StreamRole role_of(const VideoSource& source, const VideoContainer& container, int index) {
  const AVStream& stream = *source.format->streams[index];
  if (index == source.drawn) {
    return StreamRole::kDrawn;
  }
  if (is_implied(*source.format, stream, container)) {
    return StreamRole::kImplied;
  }
  if (container.is_animation()) {
    return StreamRole::kLeftOut;
  }
  StreamRole role = StreamRole::kCopied;
  if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
    if (stream.attached_pic.size == 0 || !container.holds_pictures()) {
      return StreamRole::kLeftOut;
    }
    role = container.is_matroska() ? StreamRole::kAttachment : StreamRole::kPicture;
  }
  // Other muxers take attached files and drop them.
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT && !container.is_matroska()) {
    return StreamRole::kLeftOut;
  }
  return can_hold(*container.format, stream, role) ? role : StreamRole::kLeftOut;
}

bool can_hold_converted(const AVStream& stream, const VideoContainer& container) {
  if (container.is_animation()) {
    return false;
  }
  const auto converter = make_stream_converter(stream, *container.format);
  return converter != nullptr && can_hold_encoded(container, converter->encoder());
}

std::string in_words(const AVStream& stream, const VideoContainer& container) {
  const bool is_cover = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  const char* type =
      is_cover ? "cover picture" : av_get_media_type_string(stream.codecpar->codec_type);
  const AVCodecID codec = stream.codecpar->codec_id;
  return std::string(type == nullptr ? "unknown" : type) + (is_cover ? ", stream " : " stream ") +
         std::to_string(stream.index) + " (" +
         (codec == AV_CODEC_ID_NONE ? "unknown" : avcodec_get_name(codec)) +
         "): " + container.name + " cannot hold it";
}

}  // namespace

StreamPlan plan_streams(const VideoSource& source, const VideoContainer& container, bool converts) {
  StreamPlan plan;
  int targets = 0;
  for (int i = 0; i < static_cast<int>(source.format->nb_streams); ++i) {
    StreamRole role = role_of(source, container, i);
    if (role == StreamRole::kLeftOut && converts &&
        can_hold_converted(*source.format->streams[i], container)) {
      role = StreamRole::kConverted;
    }
    const bool is_kept = role != StreamRole::kLeftOut && role != StreamRole::kImplied;
    plan.streams.push_back({role, is_kept ? targets++ : -1});
    if (role == StreamRole::kLeftOut) {
      plan.left_out.push_back(in_words(*source.format->streams[i], container));
    }
  }
  if (container.is_animation() && source.format->nb_chapters > 0) {
    plan.left_out.push_back("its chapters: " + container.name + " cannot hold them");
  }
  return plan;
}

bool can_hold_encoded(const VideoContainer& container, const AVCodecContext& encoder) {
  if (!knows(*container.format, encoder.codec_id)) {
    return false;
  }
  const TrialOutput trial(*container.format);
  AVStream* stream = check_allocated(avformat_new_stream(trial.get(), nullptr));
  check_av(avcodec_parameters_from_context(stream->codecpar, &encoder), ErrorCode::kOutOfMemory,
           "video", "making a stream");
  stream->time_base = encoder.time_base;
  return avformat_write_header(trial.get(), nullptr) >= 0;
}

void copy_stream(const AVStream& from, AVStream& stream, const AVOutputFormat& format) {
  check_av(avcodec_parameters_copy(stream.codecpar, from.codecpar), ErrorCode::kOutOfMemory,
           "video", "copying a stream");
  const AVCodecParameters& source = *from.codecpar;
  // Another container's tag would be wrong here, unless it is the same or there is no other.
  unsigned int tag = 0;
  const bool is_tag_good = format.codec_tag == nullptr ||
                           av_codec_get_id(format.codec_tag, source.codec_tag) == source.codec_id ||
                           av_codec_get_tag2(format.codec_tag, source.codec_id, &tag) == 0;
  stream.codecpar->codec_tag = is_tag_good ? source.codec_tag : 0;
  stream.time_base = from.time_base;
  stream.avg_frame_rate = from.avg_frame_rate;
  stream.r_frame_rate = from.r_frame_rate;
  stream.sample_aspect_ratio = from.sample_aspect_ratio;
  stream.disposition = from.disposition;
  stream.duration = from.duration;
  av_dict_copy(&stream.metadata, from.metadata, 0);
  for (int i = 0; i < from.nb_side_data; ++i) {
    const AVPacketSideData& data = from.side_data[i];
    std::uint8_t* copy = av_stream_new_side_data(&stream, data.type, data.size);
    std::memcpy(check_allocated(copy), data.data, data.size);
  }
}

void attach_picture(const AVStream& from, AVStream& stream) {
  const AVPacket& picture = from.attached_pic;
  const bool is_png = from.codecpar->codec_id == AV_CODEC_ID_PNG;
  AVCodecParameters& parameters = *stream.codecpar;
  parameters.codec_type = AVMEDIA_TYPE_ATTACHMENT;
  parameters.codec_id = from.codecpar->codec_id;
  const auto size = static_cast<std::size_t>(picture.size);
  parameters.extradata =
      static_cast<std::uint8_t*>(check_allocated(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE)));
  parameters.extradata_size = picture.size;
  std::memcpy(parameters.extradata, picture.data, size);
  av_dict_copy(&stream.metadata, from.metadata, 0);
  av_dict_set(&stream.metadata, "filename", is_png ? "cover.png" : "cover.jpg",
              AV_DICT_DONT_OVERWRITE);
  av_dict_set(&stream.metadata, "mimetype", is_png ? "image/png" : "image/jpeg",
              AV_DICT_DONT_OVERWRITE);
}

}  // namespace stylize
