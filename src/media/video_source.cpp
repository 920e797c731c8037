#include "video_source.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "animated_webp.h"
#include "ffmpeg_error.h"
#include "still_feed.h"
#include "stylize/core/log.h"

namespace stylize {
namespace {

// Only files: a playlist must not make us read from the network.
constexpr const char* kProtocols = "file";

constexpr double kTolerance = 1e-6;  // seconds; ticks are far longer

bool has_video_ending(const std::string& name) {
  void* position = nullptr;
  while (const AVInputFormat* format = av_demuxer_iterate(&position)) {
    if (format->extensions != nullptr && av_match_ext(name.c_str(), format->extensions) != 0) {
      return true;
    }
  }
  return false;
}

Error open_error(const std::string& name, int result) {
  std::error_code ignored;
  if (result == AVERROR(ENOENT)) {
    return {ErrorCode::kInputMissing, name, "no such file"};
  }
  if (std::filesystem::file_size(name, ignored) == 0) {
    return {ErrorCode::kInputCorrupt, name, "the file is empty", "copy or download it again"};
  }
  if (result == AVERROR_INVALIDDATA || result == AVERROR_EOF) {
    return has_video_ending(name)
               ? Error(ErrorCode::kInputCorrupt, name,
                       "is no video, or damaged: " + av_reason(result))
               : Error(ErrorCode::kInputUnsupported, name, "is no video that can be read");
  }
  if (result == AVERROR(ENOMEM)) {
    return {ErrorCode::kOutOfMemory, name, "not enough memory"};
  }
  return {ErrorCode::kInputMissing, name, "cannot be read: " + av_text(result)};
}

InputPtr open_format(const std::string& name) {
  forget_av_reason();
  Dictionary options;
  options.set("protocol_whitelist", kProtocols);
  AVFormatContext* opened = nullptr;
  // "file:" so that a colon in a name is no protocol.
  const int result =
      avformat_open_input(&opened, ("file:" + name).c_str(), nullptr, options.address());
  if (result < 0) {
    throw open_error(name, result);
  }
  InputPtr format(opened);
  check_av(avformat_find_stream_info(format.get(), nullptr), ErrorCode::kInputCorrupt, name,
           "cannot be read");
  return format;
}

int find_drawn(AVFormatContext& format, const std::string& name) {
  const auto count = static_cast<int>(format.nb_streams);
  const auto is_picture = [&](int i) {
    return (format.streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  };
  // libav's choice is a moving picture wherever there is one.
  const int best = av_find_best_stream(&format, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best < 0 || best >= count || is_picture(best)) {
    throw Error(ErrorCode::kInputUnsupported, name, "has no video in it");
  }
  const AVCodecParameters& stream = *format.streams[best]->codecpar;
  if (stream.width <= 0 || stream.height <= 0) {
    throw Error(ErrorCode::kInputCorrupt, name, "has a video without a size");
  }
  return best;
}

DisplayRotation rotation_of(const AVStream& stream, const std::string& name) {
  std::size_t bytes = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  if (data == nullptr) {
    return {};
  }
  const DisplayRotation rotation =
      display_rotation({reinterpret_cast<const std::int32_t*>(data), bytes / sizeof(std::int32_t)});
  if (!rotation.exact) {
    log_warning(name + ": is turned by an odd angle; the nearest quarter turn is taken");
  }
  return rotation;
}

Ratio ratio(AVRational value) {
  return value.num > 0 && value.den > 0 ? Ratio{value.num, value.den} : Ratio{};
}

double seconds(std::int64_t ticks, AVRational base) {
  return ticks == AV_NOPTS_VALUE ? 0.0 : static_cast<double>(ticks) * av_q2d(base);
}

// Those of single pictures: image2, png_pipe and the like.
bool is_picture_demuxer(std::string_view name) {
  return name == "image2" || name.ends_with("_pipe");
}

void describe(VideoSource& source) {
  AVFormatContext* format = source.format.get();
  AVStream* stream = format->streams[source.drawn];
  const AVCodecParameters& parameters = *stream->codecpar;
  VideoInfo& info = source.info;
  info.stream = source.drawn;
  info.size = source.rotation.apply(source.stored_size());
  info.is_rotated = !source.rotation.is_none();
  info.sample_aspect = ratio(av_guess_sample_aspect_ratio(format, stream, nullptr));
  if (source.rotation.swaps_sides() && info.sample_aspect.num > 0) {
    std::swap(info.sample_aspect.num, info.sample_aspect.den);
  }
  info.time_base = ratio(stream->time_base);
  info.frame_rate = ratio(stream->avg_frame_rate);
  info.codec = source.feed ? source.feed->codec() : avcodec_get_name(parameters.codec_id);
  info.is_still = !source.feed && is_picture_demuxer(format->iformat->name);
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(source.pixel_format());
  info.bits = description == nullptr ? 8 : description->comp[0].depth;

  const double whole = stream->duration > 0 ? seconds(stream->duration, stream->time_base)
                                            : seconds(format->duration, AV_TIME_BASE_Q);
  info.duration = whole;
  info.frames = stream->nb_frames;
  if (source.is_part) {
    const double end = std::min(source.end - source.first, whole);
    info.duration = std::max(0.0, end - (source.begin - source.first));
    info.frames = 0;
  }
  // Edit lists show less than a container counts.
  const std::int64_t estimate = std::llround(info.duration * info.frame_rate.value());
  if (info.frames == 0 || (estimate > 0 && estimate + 1 < info.frames)) {
    info.frames = estimate;
  }
}

}  // namespace

bool VideoSource::is_before(std::int64_t ticks, AVRational base) const {
  return static_cast<double>(ticks) * av_q2d(base) < begin - kTolerance;
}

bool VideoSource::is_behind(std::int64_t ticks, AVRational base, double margin) const {
  return static_cast<double>(ticks) * av_q2d(base) >= end + margin - kTolerance;
}

std::int64_t VideoSource::shift_ticks(AVRational base) const {
  return std::llround(shift / av_q2d(base));
}

VideoSource open_video(const std::filesystem::path& path, const VideoReadOptions& options) {
  ensure_libav();
  VideoSource source;
  source.path = path.string();
  if (options.still) {
    source.feed = std::make_shared<StillFeed>(*options.still);
  } else if (is_animated_webp(path)) {
    source.feed = std::make_shared<AnimatedWebp>(path);
  }
  source.format = source.feed ? source.feed->format() : open_format(source.path);
  source.drawn = find_drawn(*source.format, source.path);
  source.rotation = rotation_of(source.drawn_stream(), source.path);
  // What begins before 0 is a sound codec's run-up.
  source.first = std::max(0.0, seconds(source.format->start_time, AV_TIME_BASE_Q));
  source.is_part = options.start || options.duration;
  const double skipped = options.start.value_or(0.0);
  source.begin = source.first + skipped;
  source.end =
      options.duration ? source.begin + *options.duration : std::numeric_limits<double>::infinity();
  source.shift = skipped + (source.may_jump() ? source.first : 0.0);
  describe(source);
  return source;
}

}  // namespace stylize
