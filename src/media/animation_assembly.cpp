#include "animation_assembly.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "animation_writer.h"
#include "ffmpeg_error.h"
#include "frame_converter.h"
#include "joined_segments.h"
#include "stylize/core/log.h"
#include "stylize/media/resample.h"
#include "video_encoder.h"

namespace stylize {
namespace {

constexpr const char* kEncoder = "ffv1";

std::vector<FrameTime> times_of(const std::vector<std::filesystem::path>& segments) {
  std::vector<FrameTime> times;
  for (JoinedSegments packets(segments); packets.next() != nullptr;) {
    const PacketPtr packet = packets.take();
    times.push_back({packet->pts, packet->duration});
  }
  return times;
}

// The frames of lossless segments, in their order.
class SegmentFrames {
 public:
  SegmentFrames(const std::vector<std::filesystem::path>& segments, int threads)
      : packets_(segments) {
    const AVCodec* codec = avcodec_find_decoder_by_name(kEncoder);
    context_.reset(check_allocated(avcodec_alloc_context3(codec)));
    context_->width = packets_.size().width;
    context_->height = packets_.size().height;
    context_->thread_count = threads;
    check_av(avcodec_open2(context_.get(), codec, nullptr), ErrorCode::kInternal, kEncoder,
             "cannot decode");
  }

  FramePtr next() {
    FramePtr frame(check_allocated(av_frame_alloc()));
    for (;;) {
      const int result = avcodec_receive_frame(context_.get(), frame.get());
      if (result != AVERROR(EAGAIN)) {
        check(result);
        return frame;
      }
      const PacketPtr packet = packets_.next() == nullptr ? nullptr : packets_.take();
      check(avcodec_send_packet(context_.get(), packet.get()));
    }
  }

  void skip(std::int64_t frames) {
    while (frames-- > 0) {
      next();
    }
  }

 private:
  static void check(int result) {
    check_av(result, ErrorCode::kInputCorrupt, "a segment",
             "cannot be decoded; start anew with -y");
  }

  JoinedSegments packets_;
  CodecPtr context_;
};

// The pictures of an animation, one after the other.
class ShownPictures {
 public:
  ShownPictures(const std::vector<std::filesystem::path>& segments, const Animation& animation,
                int threads)
      : animation_(animation), frames_(segments, threads) {}

  cv::Mat next() {
    const std::int64_t number = animation_.shown.at(shown_++).number;
    frames_.skip(number - decoded_);
    decoded_ = number + 1;
    const FramePtr frame = frames_.next();
    const cv::Mat rgb = converter_.to_rgb(*frame, cv::Size(frame->width, frame->height), false);
    return rgb.size() == animation_.size ? rgb : resize_picture(rgb, animation_.size);
  }

 private:
  const Animation& animation_;
  SegmentFrames frames_;
  FrameConverter converter_;
  std::size_t shown_ = 0;
  std::int64_t decoded_ = 0;
};

// The size at which frames with `size` pixels are shown, which are square in animations.
cv::Size size_with_square_pixels(cv::Size size, const VideoSource& source) {
  const double aspect = source.info.sample_aspect.value();
  if (aspect > 1.0) {
    size.width = static_cast<int>(std::lround(size.width * aspect));
  } else if (aspect > 0.0) {
    size.height = std::max(1, static_cast<int>(std::lround(size.height / aspect)));
  }
  return size;
}

void tell_left_out(const std::filesystem::path& output, const VideoContainer& container,
                   std::size_t frames, std::size_t shown) {
  if (shown < frames) {
    const AnimationClock clock = clock_of(container);
    log_warning(output.string() + ": without " + std::to_string(frames - shown) + " of " +
                std::to_string(frames) + " frames: viewers show no more than " +
                std::to_string(clock.ticks / clock.shortest) + " a second of a " + container.name);
  }
}

}  // namespace

void refuse_encoder_options(const VideoContainer& container, const VideoWriteOptions& options) {
  const std::array<std::pair<const char*, bool>, 5> given{
      {{"--codec", !options.codec.empty()},
       {"--crf", options.crf.has_value()},
       {"--preset", !options.preset.empty()},
       {"--pix-fmt", !options.pixel_format.empty()},
       {"-e", !options.extra.empty()}}};
  for (const auto& [name, is_given] : given) {
    if (container.is_animation() && is_given) {
      throw Error(ErrorCode::kUsage, name, "is for videos; it does nothing in a " + container.name,
                  "leave it out, or choose another ending, e.g. mp4");
    }
  }
}

VideoContainer lossless_container(const VideoContainer& container) {
  // One that can hold it, though it is never written.
  return {container.name, av_guess_format("matroska", nullptr, nullptr), kEncoder};
}

VideoWriteOptions lossless_options(VideoWriteOptions options) {
  options.pixel_format = "bgr0";
  options.extra.emplace_back("level", "1");  // packets that explain themselves
  return options;
}

void check_animation_will_fit(const std::filesystem::path& output, const VideoContainer& container,
                              const VideoSource& source, const VideoWriteOptions& options) {
  const VideoInfo& info = source.info;
  const cv::Size size = options.size.empty() ? info.size : options.size;
  check_animation_fits(output, container, size_with_square_pixels(size, source),
                       expected_frames(info, options));
}

JoinedVideo join_animation(const std::vector<std::filesystem::path>& segments,
                           const std::filesystem::path& output,
                           const std::filesystem::path& temporary, const VideoContainer& container,
                           const VideoSource& source, const VideoWriteOptions& options,
                           const std::function<void()>& check) {
  const std::vector<FrameTime> times = times_of(segments);
  if (times.empty()) {
    throw Error(ErrorCode::kInputCorrupt, source.path, "holds no frame that can be decoded");
  }
  VideoWriteOptions sized = options;
  sized.size = JoinedSegments(segments).size();
  const VideoEncoder encoder(source, lossless_container(container), lossless_options(sized));
  const Animation animation{.size = size_with_square_pixels(sized.size, source),
                            .shown = time_frames(times, encoder.time_base(), clock_of(container))};
  const auto count = static_cast<std::int64_t>(animation.shown.size());
  check_animation_fits(output, container, animation.size, count);
  tell_left_out(output, container, times.size(), animation.shown.size());
  constexpr std::int64_t kMany = 100;
  if (count > kMany) {
    log_info(output.string() + ": puts " + std::to_string(count) + " pictures together");
  }
  ShownPictures pictures(segments, animation, options.threads);
  const auto next = [&] {
    check();
    return pictures.next();
  };
  write_animation(output, temporary, container, animation, next, options.overwrite);
  return {animation.size, count};
}

}  // namespace stylize
