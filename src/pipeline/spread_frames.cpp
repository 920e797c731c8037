#include "stylize/pipeline/spread_frames.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace stylize {

SpreadFrames::SpreadFrames(std::filesystem::path path, const VideoReadOptions& part, int frames)
    : path_(std::move(path)), part_(part), pieces_(frames), begin_(part.start.value_or(0.0)) {
  VideoReader reader(path_, part_);
  info_ = reader.info();
  length_ = info_.duration;
  if (length_ <= 0.0) {
    // The file does not say: read it once.
    std::int64_t end = 0;
    while (const auto frame = reader.next_frame()) {
      end = frame->pts + frame->duration;
    }
    length_ = static_cast<double>(end) * info_.time_base.value();
  }
  half_a_frame_ = info_.frame_rate.num > 0 ? 0.5 / info_.frame_rate.value() : 0.0;
  VideoReadOptions from_the_front = part_;
  from_the_front.start.reset();
  from_the_front.duration.reset();
  VideoReader whole(path_, from_the_front);
  const std::optional<VideoFrame> first = whole.next_frame();
  origin_ = first ? first->pts : 0;
}

std::int64_t SpreadFrames::ticks(double seconds) const {
  return std::llround(seconds / info_.time_base.value());
}

double SpreadFrames::time_in_file(const VideoFrame& frame) const {
  return static_cast<double>(frame.pts + ticks(begin_) - origin_) * info_.time_base.value();
}

// From so many seconds after the part's beginning to its end.
VideoReader SpreadFrames::open(double seconds) const {
  VideoReadOptions options = part_;
  options.start = begin_ + seconds;
  if (options.duration) {
    *options.duration -= seconds;
  }
  return VideoReader(path_, options);
}

VideoFrame SpreadFrames::in_part(VideoFrame frame, double seconds) const {
  frame.pts += ticks(begin_ + seconds) - ticks(begin_);
  return frame;
}

std::optional<VideoFrame> SpreadFrames::frame_at(double seconds) const {
  if (auto frame = open(seconds).next_frame()) {
    return in_part(std::move(*frame), seconds);
  }
  return last_before(seconds);  // it is shown until the end
}

std::optional<VideoFrame> SpreadFrames::last_before(double seconds) const {
  constexpr double kUsual = 1.0;
  for (double back = kUsual;; back = seconds) {
    const double start = std::max(0.0, seconds - back);
    VideoReader reader = open(start);
    std::optional<VideoFrame> last;
    while (auto frame = reader.next_frame()) {
      last = std::move(frame);
    }
    if (last) {
      return in_part(std::move(*last), start);
    }
    if (start <= 0.0) {
      return std::nullopt;
    }
  }
}

std::optional<VideoFrame> SpreadFrames::next() {
  while (taken_ < pieces_) {
    const double middle = (taken_++ + 0.5) * length_ / pieces_;
    // Readers give what begins then or later; the nearest frame may begin a little before.
    std::optional<VideoFrame> frame = frame_at(std::max(0.0, middle - half_a_frame_));
    if (frame && (!last_ || frame->pts > *last_)) {
      last_ = frame->pts;
      return frame;
    }
  }
  return std::nullopt;
}

}  // namespace stylize
