#include "animation_writer.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "ffmpeg_error.h"
#include "muxer.h"
#include "unfinished_file.h"
#include "vips_runtime.h"

namespace stylize {
namespace {

using NextPicture = std::function<cv::Mat()>;

bool is_png(const VideoContainer& container) {
  return container.name == "png" || container.name == "apng";
}

// libvips knows an animation as one tall image, its pictures below each other. This makes them when
// it asks for their rows, which it does from top to bottom.
class PictureStack {
 public:
  PictureStack(const Animation& animation, const NextPicture& next)
      : animation_(animation), next_(next) {}

  // `ticks`: of the delays, a second.
  vips::VImage image(int ticks) {
    constexpr int kMilliseconds = 1000;
    const cv::Size size = animation_.size;
    const auto count = static_cast<int>(animation_.shown.size());
    VipsImage* made = vips_image_new();
    vips::VImage image(made);
    vips_image_init_fields(made, size.width, size.height * count, 3, VIPS_FORMAT_UCHAR,
                           VIPS_CODING_NONE, VIPS_INTERPRETATION_sRGB, 1.0, 1.0);
    if (vips_image_pipelinev(made, VIPS_DEMAND_STYLE_THINSTRIP, nullptr) != 0 ||
        vips_image_generate(made, nullptr, fill, nullptr, this, nullptr) != 0) {
      throw vips::VError();
    }
    std::vector<int> delays;
    delays.reserve(animation_.shown.size());
    for (const ShownFrame& frame : animation_.shown) {
      delays.push_back(frame.ticks * (kMilliseconds / ticks));
    }
    image.set(VIPS_META_PAGE_HEIGHT, size.height);
    image.set("delay", delays);
    image.set("loop", 0);
    image.set(VIPS_META_CONCURRENCY, 1);  // rows in their order
    return image;
  }

  // What kept it from making a picture.
  void rethrow_failure() const {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  static int fill(VipsRegion* region, void* /*sequence*/, void* stack, void* /*unused*/,
                  gboolean* /*stop*/) {
    auto& self = *static_cast<PictureStack*>(stack);
    try {
      self.fill(*region);
      return 0;
    } catch (...) {  // libvips is C
      self.failure_ = std::current_exception();
      vips_error("stylize", "no picture");
      return -1;
    }
  }

  void fill(VipsRegion& region) {
    const VipsRect& area = region.valid;
    for (int y = area.top; y < area.top + area.height; ++y) {
      const cv::Mat& picture = picture_at(y / animation_.size.height);
      const std::uint8_t* row = picture.ptr(y % animation_.size.height);
      std::memcpy(VIPS_REGION_ADDR(&region, area.left, y), row + 3 * std::ptrdiff_t{area.left},
                  3 * static_cast<std::size_t>(area.width));
    }
  }

  const cv::Mat& picture_at(int number) {
    if (number < reached_) {
      throw Error(ErrorCode::kInternal, "libvips", "asks for a picture that is gone");
    }
    while (reached_ < number) {
      picture_ = next_();
      ++reached_;
    }
    return picture_;
  }

  const Animation& animation_;
  const NextPicture& next_;
  cv::Mat picture_;
  int reached_ = -1;  // its number
  std::exception_ptr failure_;
};

// Lets libvips write to a file. Its own way does not say why it fails.
class FileTarget {
 public:
  explicit FileTarget(const UnfinishedFile& file) : file_(file), target_(vips_target_custom_new()) {
    g_signal_connect(target_, "write", G_CALLBACK(write), this);
  }
  ~FileTarget() { g_object_unref(target_); }
  FileTarget(const FileTarget&) = delete;
  FileTarget& operator=(const FileTarget&) = delete;

  [[nodiscard]] vips::VTarget target() const { return {VIPS_TARGET(target_), vips::NOSTEAL}; }
  void check() const { file_.check(error_); }

 private:
  static gint64 write(VipsTargetCustom* /*target*/, const void* bytes, gint64 size,
                      FileTarget* self) {
    const auto* first = static_cast<const std::byte*>(bytes);
    self->error_ =
        write_all(self->file_.descriptor(), {first, first + static_cast<std::size_t>(size)});
    return self->error_ == 0 ? size : -1;
  }

  const UnfinishedFile& file_;
  VipsTargetCustom* target_;
  int error_ = 0;  // of errno
};

vips::VOption* saver_options(const VideoContainer& container) {
  vips::VOption* options = vips::VImage::option();
  if (container.name == "webp") {
    constexpr int kQuality = 95;  // the least at which flat colors stay within two levels
    options->set("Q", kQuality)->set("smart_subsample", true)->set("strip", true);
  } else {
    // A palette a picture: with one for several, colours that come later are missing. Pixels that
    // hardly change may stay: a quarter less, and nobody sees it.
    constexpr double kSamePalette = 1.0;
    constexpr double kSamePixel = 4.0;
    options->set("interpalette_maxerror", kSamePalette)->set("interframe_maxerror", kSamePixel);
  }
  return options;
}

void write_with_vips(const std::filesystem::path& output, const std::filesystem::path& temporary,
                     const VideoContainer& container, const Animation& animation,
                     const NextPicture& next, Overwrite overwrite) {
  ensure_vips();
  const std::shared_lock beside_others(vips_error_text());
  UnfinishedFile file(output, temporary);
  PictureStack stack(animation, next);
  const FileTarget target(file);
  try {
    const vips::VImage image = stack.image(clock_of(container).ticks);
    image.write_to_target(("." + container.name).c_str(), target.target(),
                          saver_options(container));
  } catch (const vips::VError&) {
    const std::string reason = take_vips_error();
    stack.rethrow_failure();
    target.check();
    throw Error(ErrorCode::kOutputUnwritable, output.string(),
                "cannot encode " + container.name + ": " + reason);
  }
  target.check();
  file.publish_as_final(overwrite);
}

// libav's encoder and container of animated PNG.
class PngWriter {
 public:
  PngWriter(const std::filesystem::path& output, const std::filesystem::path& temporary,
            const VideoContainer& container, const Animation& animation)
      : muxer_(output, temporary, container), base_{1, clock_of(container).ticks} {
    open_encoder(output, animation.size);
    AVStream& stream = muxer_.add_stream();
    check_av(avcodec_parameters_from_context(stream.codecpar, encoder_.get()),
             ErrorCode::kOutOfMemory, output.string(), "making a stream");
    stream.time_base = base_;
    // For ever; and a last picture has no next one to tell its duration.
    const AVRational last{animation.shown.back().ticks, base_.den};
    av_opt_set_int(muxer_.context().priv_data, "plays", 0, 0);
    av_opt_set_q(muxer_.context().priv_data, "final_delay", last, 0);
    muxer_.write_header(base_.den);
  }

  void write(const cv::Mat& rgb, int ticks) {
    check_av(av_frame_make_writable(frame_.get()), ErrorCode::kOutOfMemory, "video", "encoding");
    for (int y = 0; y < rgb.rows; ++y) {
      std::memcpy(frame_->data[0] + std::ptrdiff_t{y} * frame_->linesize[0], rgb.ptr(y),
                  static_cast<std::size_t>(rgb.cols) * rgb.elemSize());
    }
    frame_->pts = time_;
    time_ += ticks;
    send(frame_.get());
  }

  void finish(Overwrite overwrite) {
    send(nullptr);
    muxer_.finish(overwrite);
  }

 private:
  void open_encoder(const std::filesystem::path& output, cv::Size size) {
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_APNG);
    if (codec == nullptr) {
      throw Error(ErrorCode::kToolMissing, output.string(),
                  "this libavcodec cannot write animated PNG");
    }
    encoder_.reset(check_allocated(avcodec_alloc_context3(codec)));
    encoder_->width = size.width;
    encoder_->height = size.height;
    encoder_->pix_fmt = AV_PIX_FMT_RGB24;
    encoder_->time_base = base_;
    Dictionary options;
    options.set("pred", "mixed");
    check_av(avcodec_open2(encoder_.get(), codec, options.address()), ErrorCode::kInternal, "apng",
             "cannot encode");
    frame_.reset(check_allocated(av_frame_alloc()));
    frame_->format = encoder_->pix_fmt;
    frame_->width = size.width;
    frame_->height = size.height;
    check_av(av_frame_get_buffer(frame_.get(), 0), ErrorCode::kOutOfMemory, "video", "encoding");
  }

  // A null one ends it.
  void send(const AVFrame* frame) {
    check_av(avcodec_send_frame(encoder_.get(), frame), ErrorCode::kInternal, "apng",
             "cannot encode");
    for (;;) {
      PacketPtr packet(check_allocated(av_packet_alloc()));
      const int result = avcodec_receive_packet(encoder_.get(), packet.get());
      if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) {
        return;
      }
      check_av(result, ErrorCode::kInternal, "apng", "cannot encode");
      muxer_.write(std::move(packet), 0, base_);
    }
  }

  Muxer muxer_;
  AVRational base_;
  CodecPtr encoder_;
  FramePtr frame_;
  std::int64_t time_ = 0;
};

void write_png(const std::filesystem::path& output, const std::filesystem::path& temporary,
               const VideoContainer& container, const Animation& animation, const NextPicture& next,
               Overwrite overwrite) {
  PngWriter writer(output, temporary, container, animation);
  for (const ShownFrame& frame : animation.shown) {
    writer.write(next(), frame.ticks);
  }
  writer.finish(overwrite);
}

}  // namespace

AnimationClock clock_of(const VideoContainer& container) {
  constexpr int kLongestOfGif = 65535;
  constexpr int kMinute = 60000;  // PNG counts up to 65535 of what it likes; WebP far further
  return container.name == "gif"
             ? AnimationClock{.ticks = 100, .shortest = 2, .longest = kLongestOfGif}
             : AnimationClock{.ticks = 1000, .shortest = 11, .longest = 10 * kMinute};
}

void check_animation_fits(const std::filesystem::path& output, const VideoContainer& container,
                          cv::Size size, std::int64_t pictures) {
  const int longest_side = container.name == "gif"    ? 65535
                           : container.name == "webp" ? 16383
                                                      : std::numeric_limits<int>::max();
  if (std::max(size.width, size.height) > longest_side) {
    throw Error(ErrorCode::kUsage, output.string(),
                container.name + " holds at most " + std::to_string(longest_side) +
                    " pixels a side, and these are " + std::to_string(size.width) + "x" +
                    std::to_string(size.height),
                "--max-size makes them smaller");
  }
  const std::int64_t most = VIPS_MAX_COORD / size.height;
  if (!is_png(container) && pictures > most) {
    throw Error(ErrorCode::kUsage, output.string(),
                "at most " + std::to_string(most) + " pictures of this size go into a " +
                    container.name + ", and these are about " + std::to_string(pictures),
                "--max-size, --duration or --fps makes it less; mp4 and png hold more");
  }
}

void write_animation(const std::filesystem::path& output, const std::filesystem::path& temporary,
                     const VideoContainer& container, const Animation& animation,
                     const std::function<cv::Mat()>& next, Overwrite overwrite) {
  const auto write = is_png(container) ? write_png : write_with_vips;
  write(output, temporary, container, animation, next, overwrite);
}

}  // namespace stylize
