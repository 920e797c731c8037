#include "stylize/media/video_writer.h"

#include <system_error>
#include <utility>

#include "animation_assembly.h"
#include "disk_space.h"
#include "joined_segments.h"
#include "segment_file.h"
#include "stream_plan.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "video_assembly.h"
#include "video_container.h"
#include "video_encoder.h"
#include "video_source.h"

namespace stylize {
namespace {

// Of the frames; empty where there is none.
cv::Size size_of(const std::vector<std::filesystem::path>& segments) {
  return segments.empty() ? cv::Size() : SegmentFileReader(segments.front()).size();
}

// Whether `drawn` belongs before `copied` in the file.
bool comes_first(const AVPacket& drawn, AVRational base, const AVPacket& copied) {
  const std::int64_t time = copied.dts == AV_NOPTS_VALUE ? copied.pts : copied.dts;
  return time != AV_NOPTS_VALUE && av_compare_ts(drawn.dts, base, time, copied.time_base) <= 0;
}

// What the segments of `output` are encoded with.
VideoEncoder encoder_for(const std::filesystem::path& output, const VideoReader& source,
                         const VideoWriteOptions& options) {
  const VideoContainer container = container_for(output);
  if (!container.is_animation()) {
    return {source.source(), container, options};
  }
  refuse_encoder_options(container, options);
  check_animation_will_fit(output, container, source.source(), options);
  return {source.source(), lossless_container(container), lossless_options(options)};
}

}  // namespace

class VideoSegmentWriter::Impl {
 public:
  Impl(const std::filesystem::path& path, VideoEncoder encoder)
      : encoder_(std::move(encoder)), file_(path, encoder_.size()) {}

  void write(const VideoFrame& frame) {
    encoder_.send(frame);
    write_encoded();
  }

  void finish() {
    encoder_.finish();
    write_encoded();
    file_.finish();
  }

 private:
  void write_encoded() {
    while (const PacketPtr packet = encoder_.receive()) {
      file_.write(*packet);
    }
  }

  VideoEncoder encoder_;
  SegmentFileWriter file_;
};

VideoSegmentWriter::VideoSegmentWriter(const std::filesystem::path& path,
                                       const std::filesystem::path& output,
                                       const VideoReader& source, const VideoWriteOptions& options)
    : impl_(std::make_unique<Impl>(path, encoder_for(output, source, options))) {}
VideoSegmentWriter::~VideoSegmentWriter() = default;
VideoSegmentWriter::VideoSegmentWriter(VideoSegmentWriter&& other) noexcept = default;
VideoSegmentWriter& VideoSegmentWriter::operator=(VideoSegmentWriter&& other) noexcept = default;

void VideoSegmentWriter::write(const VideoFrame& frame) { impl_->write(frame); }
void VideoSegmentWriter::finish() { impl_->finish(); }

std::int64_t count_frames(const std::vector<std::filesystem::path>& segments) {
  std::int64_t frames = 0;
  for (const std::filesystem::path& segment : segments) {
    frames += SegmentFileReader(segment).packets();
  }
  return frames;
}

void check_write_options(const std::filesystem::path& output, const VideoWriteOptions& options) {
  refuse_encoder_options(container_for(output), options);
}

void check_video_output(const std::filesystem::path& output, const VideoReader& source,
                        const VideoWriteOptions& options) {
  const VideoEncoder encoder = encoder_for(output, source, options);
  const VideoContainer container = container_for(output);
  if (!container.is_animation() && !can_hold_encoded(container, encoder.context())) {
    throw Error(ErrorCode::kUsage, encoder.context().codec->name,
                container.name + " cannot hold its video");
  }
  if (source.source().is_interlaced()) {
    log_warning(source.source().path +
                ": is interlaced; each frame is drawn as one picture, and combs stay in it (ffmpeg "
                "-vf bwdif takes them out before)");
  }
  if (options.pixel_format.empty() && encoder.is_made_for_odd_size()) {
    log_info(output.string() + ": an odd width or height needs " +
             av_get_pix_fmt_name(encoder.context().pix_fmt) +
             ", which some players do not show; another size makes it yuv420p");
  }
}

void check_free_space(const std::filesystem::path& output, const VideoReader& source,
                      const VideoWriteOptions& options,
                      const std::vector<std::filesystem::path>& segments) {
  const VideoEncoder encoder = encoder_for(output, source, options);
  const std::uintmax_t drawn =
      drawn_bytes(expected_frames(source.info(), options), encoder.context());
  std::uintmax_t have = 0;
  for (const std::filesystem::path& segment : segments) {
    std::error_code failed;
    const std::uintmax_t bytes = std::filesystem::file_size(segment, failed);
    have += failed ? 0 : bytes;
  }
  // The segments lie beside the output until that is whole.
  const std::uintmax_t whole = drawn + copied_bytes(source.source());
  check_space(output, whole + (drawn > have ? drawn - have : 0));
}

std::vector<std::string> streams_left_out(const std::filesystem::path& output,
                                          const VideoReader& source, bool converts) {
  return plan_streams(source.source(), container_for(output), converts).left_out;
}

JoinedVideo join_segments(const std::vector<std::filesystem::path>& segments,
                          const std::filesystem::path& output,
                          const std::filesystem::path& temporary, VideoReader& source,
                          const VideoWriteOptions& options, const CancellationToken& cancellation) {
  const VideoContainer container = container_for(output);
  const auto check_not_cancelled = [&] {
    if (cancellation.cancelled()) {
      throw Error(ErrorCode::kInterrupted, output.string(), "stopped before all was put together",
                  "the same command with --resume goes on");
    }
  };
  if (container.is_animation()) {
    return join_animation(segments, output, temporary, container, source.source(), options,
                          check_not_cancelled);
  }
  VideoWriteOptions sized = options;
  sized.size = size_of(segments);
  const VideoEncoder encoder(source.source(), container, sized);
  VideoAssembly assembly(output, temporary, source.source(), container, encoder, options);
  JoinedSegments drawn(segments);
  while (const auto packet = source.next_packet()) {
    check_not_cancelled();
    const AVPacket& copied = *packet->get();
    while (drawn.next() != nullptr && comes_first(*drawn.next(), encoder.time_base(), copied)) {
      assembly.write_drawn(drawn.take());
    }
    assembly.write_copied(copied);
  }
  while (drawn.next() != nullptr) {
    check_not_cancelled();
    assembly.write_drawn(drawn.take());
  }
  assembly.finish();
  return {sized.size, drawn.taken()};
}

}  // namespace stylize
