#include "video_assembly.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "ffmpeg_error.h"
#include "stylize/core/log.h"

namespace stylize {
namespace {

// Muxers write these themselves.
constexpr std::array<const char*, 4> kContainerFacts{"major_brand", "minor_version",
                                                     "compatible_brands", "encoder"};

// True of the old stream only.
bool is_outdated(std::string_view key) {
  return key == "encoder" || key == "rotate" || key.starts_with("BPS") ||
         key.starts_with("DURATION") || key.starts_with("NUMBER_OF_") ||
         key.starts_with("_STATISTICS_");
}

void copy_stream_metadata(const AVStream& from, AVStream& to) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(from.metadata, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    if (!is_outdated(entry->key)) {
      av_dict_set(&to.metadata, entry->key, entry->value, 0);
    }
  }
}

void copy_container_metadata(const AVFormatContext& from, AVFormatContext& to) {
  av_dict_copy(&to.metadata, from.metadata, 0);
  for (const char* key : kContainerFacts) {
    av_dict_set(&to.metadata, key, nullptr, 0);
  }
}

// A chapter's time on the source's clock to that of the output, inside of what is copied. Muxers
// refuse chapters that begin before 0.
std::int64_t chapter_time(const VideoSource& source, std::int64_t ticks, AVRational base) {
  if (!source.is_part) {
    return std::max<std::int64_t>(0, ticks - source.shift_ticks(base));
  }
  const double seconds = static_cast<double>(ticks) * av_q2d(base);
  const double kept = std::clamp(seconds, source.begin, source.end) - source.shift;
  return std::llround(std::max(0.0, kept) / av_q2d(base));
}

void copy_chapters(const VideoSource& source, AVFormatContext& to) {
  const AVFormatContext& from = *source.format;
  for (unsigned int i = 0; i < from.nb_chapters; ++i) {
    const AVChapter& chapter = *from.chapters[i];
    const std::int64_t start = chapter_time(source, chapter.start, chapter.time_base);
    const std::int64_t end = chapter_time(source, chapter.end, chapter.time_base);
    if (end < start || (source.is_part && end == start)) {
      continue;
    }
    auto* copy = static_cast<AVChapter*>(check_allocated(av_mallocz(sizeof(AVChapter))));
    copy->id = chapter.id;
    copy->time_base = chapter.time_base;
    copy->start = start;
    copy->end = end;
    av_dict_copy(&copy->metadata, chapter.metadata, 0);
    int count = static_cast<int>(to.nb_chapters);
    check_av(av_dynarray_add_nofree(&to.chapters, &count, copy), ErrorCode::kOutOfMemory, "video",
             "copying chapters");
    to.nb_chapters = static_cast<unsigned int>(count);
  }
}

// What describes the pictures, not how they were stored.
void copy_picture_side_data(const AVStream& from, AVStream& to) {
  for (int i = 0; i < from.nb_side_data; ++i) {
    const AVPacketSideData& data = from.side_data[i];
    if (data.type == AV_PKT_DATA_MASTERING_DISPLAY_METADATA ||
        data.type == AV_PKT_DATA_CONTENT_LIGHT_LEVEL || data.type == AV_PKT_DATA_STEREO3D ||
        data.type == AV_PKT_DATA_SPHERICAL) {
      std::uint8_t* copy = av_stream_new_side_data(&to, data.type, data.size);
      std::copy_n(data.data, data.size, check_allocated(copy));
    }
  }
}

bool is_constant_rate(const AVStream& stream) {
  return stream.avg_frame_rate.num > 0 && av_cmp_q(stream.avg_frame_rate, stream.r_frame_rate) == 0;
}

}  // namespace

VideoAssembly::VideoAssembly(const std::filesystem::path& path,
                             const std::filesystem::path& temporary, const VideoSource& source,
                             const VideoContainer& container, const VideoEncoder& encoder,
                             const VideoWriteOptions& options)
    : container_(container),
      plan_(plan_streams(source, container, options.converts)),
      muxer_(path, temporary, container),
      overwrite_(options.overwrite),
      drawn_base_(encoder.time_base()) {
  for (std::size_t i = 0; i < plan_.streams.size(); ++i) {
    add_stream(*source.format->streams[i], plan_.streams[i].role, encoder);
  }
  copy_container_metadata(*source.format, muxer_.context());
  copy_chapters(source, muxer_.context());
  muxer_.write_header(drawn_base_.den);
  for (std::size_t i = 0; i < plan_.streams.size(); ++i) {
    if (plan_.streams[i].role == StreamRole::kPicture) {
      write_picture(*source.format->streams[i], plan_.streams[i].target);
    }
  }
}

void VideoAssembly::add_stream(const AVStream& from, StreamRole role, const VideoEncoder& encoder) {
  switch (role) {
    case StreamRole::kDrawn: add_drawn(from, encoder); break;
    case StreamRole::kCopied:
    case StreamRole::kPicture: copy_stream(from, muxer_.add_stream(), *container_.format); break;
    case StreamRole::kConverted: add_converted(from); break;
    case StreamRole::kAttachment: attach_picture(from, muxer_.add_stream()); break;
    case StreamRole::kImplied:
    case StreamRole::kLeftOut: break;
  }
}

void VideoAssembly::add_drawn(const AVStream& from, const VideoEncoder& encoder) {
  AVStream& stream = muxer_.add_stream();
  drawn_ = stream.index;
  check_av(avcodec_parameters_from_context(stream.codecpar, &encoder.context()),
           ErrorCode::kOutOfMemory, "video", "making a stream");
  stream.time_base = encoder.time_base();
  stream.sample_aspect_ratio = encoder.context().sample_aspect_ratio;
  stream.disposition = from.disposition;
  if (is_constant_rate(from) || encoder.has_constant_rate()) {
    stream.avg_frame_rate = encoder.context().framerate;
  }
  copy_stream_metadata(from, stream);
  copy_picture_side_data(from, stream);
}

void VideoAssembly::add_converted(const AVStream& from) {
  std::unique_ptr<StreamConverter> converter = make_stream_converter(from, *container_.format);
  AVStream& stream = muxer_.add_stream();
  check_av(avcodec_parameters_from_context(stream.codecpar, &converter->encoder()),
           ErrorCode::kOutOfMemory, "video", "making a stream");
  stream.time_base = converter->encoder().time_base;
  stream.disposition = from.disposition;
  copy_stream_metadata(from, stream);
  log_info(std::string(av_get_media_type_string(from.codecpar->codec_type)) + " stream " +
           std::to_string(from.index) +
           " is encoded anew: " + avcodec_get_name(from.codecpar->codec_id) + " becomes " +
           avcodec_get_name(stream.codecpar->codec_id));
  converters_.emplace(stream.index, std::move(converter));
}

void VideoAssembly::write_converted(StreamConverter& converter, const AVPacket* packet,
                                    int target) {
  for (PacketPtr& made : converter.convert(packet)) {
    muxer_.write(std::move(made), target, converter.encoder().time_base);
  }
}

void VideoAssembly::write_picture(const AVStream& from, int target) {
  PacketPtr packet(check_allocated(av_packet_clone(&from.attached_pic)));
  muxer_.write(std::move(packet), target, from.time_base);
}

void VideoAssembly::write_drawn(PacketPtr packet) {
  muxer_.write(std::move(packet), drawn_, drawn_base_);
}

void VideoAssembly::write_copied(const AVPacket& packet) {
  const auto stream = static_cast<std::size_t>(packet.stream_index);
  if (stream >= plan_.streams.size()) {
    if (late_streams_.insert(stream).second) {
      log_warning("stream " + std::to_string(stream) +
                  " begins after the others were known; left out");
    }
    return;
  }
  const int target = plan_.streams[stream].target;
  if (const auto converter = converters_.find(target); converter != converters_.end()) {
    write_converted(*converter->second, &packet, target);
  } else if (target >= 0) {
    PacketPtr copy(check_allocated(av_packet_clone(&packet)));
    muxer_.write(std::move(copy), target, packet.time_base);
  }
}

void VideoAssembly::finish() {
  for (const auto& [target, converter] : converters_) {
    write_converted(*converter, nullptr, target);
  }
  muxer_.finish(overwrite_);
}

}  // namespace stylize
