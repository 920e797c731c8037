#include "video_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ffmpeg_error.h"
#include "stylize/core/log.h"

namespace stylize {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

// What looks like the source at a usual size. Others run as they are.
Options default_options(const std::string& encoder) {
  if (encoder == "libx264") {
    return {{"crf", "18"}, {"preset", "medium"}};
  }
  if (encoder == "libx265") {
    // It writes to standard error by itself.
    return {{"crf", "20"}, {"preset", "medium"}, {"x265-params", "log-level=error"}};
  }
  if (encoder == "libvpx-vp9") {
    return {{"crf", "30"}, {"b", "0"}, {"row-mt", "1"}};
  }
  return {};
}

// Whether an option says how many bits there are: a quality beside it would win.
bool chooses_rate(const Options::value_type& option) {
  const auto& [key, value] = option;
  const bool is_hidden = key.ends_with("-params") && (value.find("crf=") != std::string::npos ||
                                                      value.find("qp=") != std::string::npos ||
                                                      value.find("bitrate=") != std::string::npos);
  return key == "b" || key == "qp" || key == "crf" || is_hidden;
}

const AVCodec* find_encoder(const std::string& name, const VideoContainer& container) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name.c_str());
  if (codec == nullptr) {
    // "h264" is a codec; an encoder of it will do.
    const AVCodecDescriptor* description = avcodec_descriptor_get_by_name(name.c_str());
    codec = description == nullptr ? nullptr : avcodec_find_encoder(description->id);
  }
  if (codec == nullptr || codec->type != AVMEDIA_TYPE_VIDEO) {
    throw Error(ErrorCode::kUsage, name, "is no video encoder of this libavcodec",
                "ffmpeg -encoders lists them");
  }
  if (avformat_query_codec(container.format, codec->id, FF_COMPLIANCE_NORMAL) == 0) {
    throw Error(ErrorCode::kUsage, name, container.name + " cannot hold its video");
  }
  return codec;
}

bool takes(const AVCodec& codec, AVPixelFormat format) {
  if (codec.pix_fmts == nullptr) {
    return true;
  }
  const AVPixelFormat* each = codec.pix_fmts;
  while (*each != AV_PIX_FMT_NONE && *each != format) {
    ++each;
  }
  return *each == format;
}

// They halve the chroma of even sizes only.
bool needs_even_size(const AVCodec& codec) {
  return codec.id == AV_CODEC_ID_H264 || codec.id == AV_CODEC_ID_HEVC;
}

bool is_odd(cv::Size size) { return size.width % 2 != 0 || size.height % 2 != 0; }

AVPixelFormat choose_format(const AVCodec& codec, const std::string& wanted, cv::Size size) {
  if (!wanted.empty()) {
    const AVPixelFormat format = av_get_pix_fmt(wanted.c_str());
    if (format == AV_PIX_FMT_NONE) {
      throw Error(ErrorCode::kUsage, wanted, "is no pixel format", "try yuv420p or yuv420p10le");
    }
    if (!takes(codec, format)) {
      throw Error(ErrorCode::kUsage, wanted,
                  std::string("the encoder ") + codec.name + " does not take this pixel format");
    }
    return format;
  }
  if (is_odd(size) && needs_even_size(codec) && takes(codec, AV_PIX_FMT_YUV444P)) {
    return AV_PIX_FMT_YUV444P;
  }
  if (takes(codec, AV_PIX_FMT_YUV420P)) {
    return AV_PIX_FMT_YUV420P;
  }
  return avcodec_find_best_pix_fmt_of_list(codec.pix_fmts, AV_PIX_FMT_RGB24, 0, nullptr);
}

AVRational frame_rate(const AVStream& stream, const VideoWriteOptions& options) {
  if (options.frame_rate) {
    return {options.frame_rate->num, options.frame_rate->den};
  }
  for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate}) {
    if (rate.num > 0 && rate.den > 0) {
      return rate;
    }
  }
  return {25, 1};
}

// That of the frames, so that times stay exact, where container and codec can have it.
AVRational choose_time_base(AVRational frames, AVRational rate, const VideoContainer& container,
                            AVCodecID codec) {
  constexpr int kMostTicksOfMpeg4 = 65535;  // a second
  const bool is_too_fine = codec == AV_CODEC_ID_MPEG4 && frames.den > kMostTicksOfMpeg4;
  const bool is_mpeg12 = codec == AV_CODEC_ID_MPEG1VIDEO || codec == AV_CODEC_ID_MPEG2VIDEO;
  return container.has_constant_rate() || is_too_fine || is_mpeg12 ? av_inv_q(rate) : frames;
}

}  // namespace

std::int64_t expected_frames(const VideoInfo& source, const VideoWriteOptions& options) {
  return options.frame_rate && source.duration > 0.0
             ? std::llround(source.duration * options.frame_rate->value())
             : source.frames;
}

VideoEncoder::VideoEncoder(const VideoSource& source, const VideoContainer& container,
                           const VideoWriteOptions& options) {
  const AVCodec* codec = find_encoder(
      options.codec.empty() ? std::string(container.default_encoder) : options.codec, container);
  name_ = codec->name;
  context_.reset(check_allocated(avcodec_alloc_context3(codec)));
  source_base_ = options.time_base ? AVRational{options.time_base->num, options.time_base->den}
                                   : source.drawn_stream().time_base;
  has_constant_rate_ = options.frame_rate.has_value() || container.has_constant_rate();
  set_up(source, container, options);
  open(container, options);
  frame_.reset(check_allocated(av_frame_alloc()));
  frame_->format = context_->pix_fmt;
  frame_->width = context_->width;
  frame_->height = context_->height;
  check_av(av_frame_get_buffer(frame_.get(), 0), ErrorCode::kOutOfMemory, "video", "encoding");
}

void VideoEncoder::set_up(const VideoSource& source, const VideoContainer& container,
                          const VideoWriteOptions& options) {
  const AVStream& stream = source.drawn_stream();
  const AVCodec& codec = *context_->codec;
  const cv::Size size = options.size.empty() ? source.info.size : options.size;
  context_->width = size.width;
  context_->height = size.height;
  context_->pix_fmt = choose_format(codec, options.pixel_format, size);
  context_->framerate = frame_rate(stream, options);
  context_->time_base = choose_time_base(source_base_, context_->framerate, container, codec.id);
  context_->sample_aspect_ratio = {source.info.sample_aspect.num, source.info.sample_aspect.den};
  const ColorTags tags = tags_for_output(source.tags(), source.pixel_format(), source.stored_size(),
                                         context_->pix_fmt, size);
  context_->colorspace = tags.matrix;
  context_->color_primaries = tags.primaries;
  context_->color_trc = tags.transfer;
  context_->color_range = tags.range;
  context_->chroma_sample_location = tags.chroma;
  context_->field_order = AV_FIELD_PROGRESSIVE;  // each frame is drawn as one picture
  context_->thread_count = options.threads;
  if ((container.format->flags & AVFMT_GLOBALHEADER) != 0) {
    context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  if (codec.id == AV_CODEC_ID_HEVC && container.is_mov()) {
    context_->codec_tag = MKTAG('h', 'v', 'c', '1');  // the other one is not played by Apple's
  }
}

void VideoEncoder::open(const VideoContainer& container, const VideoWriteOptions& options) {
  Dictionary settings;
  if (container.has_constant_rate()) {
    settings.set("bf", "0");  // times there are those of decoding
  }
  const bool has_rate = std::any_of(options.extra.begin(), options.extra.end(), chooses_rate);
  for (const auto& [key, value] : default_options(name_)) {
    if (!has_rate || key != "crf") {
      settings.set(key, value);
    }
  }
  if (options.crf) {
    settings.set("crf", std::to_string(*options.crf));
  }
  if (!options.preset.empty()) {
    settings.set("preset", options.preset);
  }
  for (const auto& [key, value] : options.extra) {
    settings.set(key, value);
  }
  forget_av_reason();
  const int result = avcodec_open2(context_.get(), context_->codec, settings.address());
  if (result == AVERROR(ENOMEM)) {
    throw Error(ErrorCode::kOutOfMemory, name_, "not enough memory");
  }
  if (result < 0) {
    throw Error(ErrorCode::kUsage, name_,
                "the encoder does not work with these options: " + av_reason(result));
  }
  const std::string unknown = settings.first_key();
  if (!unknown.empty()) {
    throw Error(ErrorCode::kUsage, unknown, "is no option of the encoder " + name_,
                "ffmpeg -h encoder=" + name_ + " lists them");
  }
}

bool VideoEncoder::is_made_for_odd_size() const {
  return is_odd(size()) && needs_even_size(*context_->codec) &&
         context_->pix_fmt == AV_PIX_FMT_YUV444P;
}

std::int64_t VideoEncoder::next_pts(std::int64_t pts) {
  std::int64_t ticks = av_rescale_q(pts, source_base_, context_->time_base);
  if (last_pts_ != AV_NOPTS_VALUE && ticks <= last_pts_) {
    ticks = last_pts_ + 1;
    log_debug("video: a frame's time does not grow; moved by " +
              std::to_string(ticks - av_rescale_q(pts, source_base_, context_->time_base)) +
              " ticks");
  }
  return last_pts_ = ticks;
}

void VideoEncoder::send(const VideoFrame& frame) {
  if (frame.rgb.size() != cv::Size(context_->width, context_->height)) {
    throw Error(ErrorCode::kInternal, "video", "a frame has another size than was told");
  }
  check_av(av_frame_make_writable(frame_.get()), ErrorCode::kOutOfMemory, "video", "encoding");
  frame_->colorspace = context_->colorspace;
  frame_->color_primaries = context_->color_primaries;
  frame_->color_trc = context_->color_trc;
  frame_->color_range = context_->color_range;
  frame_->chroma_location = context_->chroma_sample_location;
  frame_->sample_aspect_ratio = context_->sample_aspect_ratio;
  converter_.from_rgb(frame.rgb, *frame_);
  frame_->pts = next_pts(frame.pts);
  frame_->pkt_duration = frame.duration > 0
                             ? av_rescale_q(frame.duration, source_base_, context_->time_base)
                             : av_rescale_q(1, av_inv_q(context_->framerate), context_->time_base);
  durations_[frame_->pts] = frame_->pkt_duration;
  check_av(avcodec_send_frame(context_.get(), frame_.get()), ErrorCode::kInternal, name_,
           "cannot encode");
}

void VideoEncoder::finish() {
  const int result = avcodec_send_frame(context_.get(), nullptr);
  check_av(result == AVERROR_EOF ? 0 : result, ErrorCode::kInternal, name_, "cannot encode");
}

PacketPtr VideoEncoder::receive() {
  PacketPtr packet(check_allocated(av_packet_alloc()));
  const int result = avcodec_receive_packet(context_.get(), packet.get());
  if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) {
    return nullptr;
  }
  check_av(result, ErrorCode::kInternal, name_, "cannot encode");
  if (const auto duration = durations_.find(packet->pts); duration != durations_.end()) {
    packet->duration = duration->second;
    durations_.erase(duration);
  }
  return packet;
}

}  // namespace stylize
