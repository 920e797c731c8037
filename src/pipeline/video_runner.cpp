#include "stylize/pipeline/video_runner.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>

#include "max_size.h"
#include "stylize/core/bounded_queue.h"
#include "stylize/core/first_failure.h"
#include "stylize/media/resample.h"
#include "stylize/pipeline/blend.h"

namespace stylize {
namespace {

// Enough for the stages to overlap; each item may be a decoded picture and what is made of it.
constexpr std::size_t kWaiting = 4;

cv::Size even(cv::Size size) {
  const auto below = [](int side) { return side > 1 ? side - side % 2 : side; };
  return {below(size.width), below(size.height)};
}

// A frame on its way; one that repeats the one before has no work.
struct Step {
  VideoFrame frame;
  std::unique_ptr<Stylizer::Work> work;
};

class VideoRun {
 public:
  VideoRun(const VideoEnds& ends, Stylizer& stylizer, const VideoLook& look,
           const CancellationToken& cancellation, const std::function<void(std::int64_t)>& on_frame)
      : ends_(ends),
        stylizer_(stylizer),
        look_(look),
        cancellation_(cancellation),
        on_frame_(on_frame) {}

  VideoSummary run() {
    // Also for a thread that cannot be started: the other one must not wait for it.
    guarded([this] {
      const std::jthread reader([this] {
        guarded([this] { read(); });
        read_.close();
      });
      const Abandon when_leaving{*this};
      const std::jthread writer([this] { guarded([this] { write(); }); });
      guarded([this] { draw(); });
      drawn_.close();
    });
    failure_.rethrow();
    summary_.interrupted = is_stopped_;
    return summary_;
  }

 private:
  // The first failure ends the run, and reaches the caller.
  template <typename Stage>
  void guarded(const Stage& stage) {
    if (!failure_.guard(stage)) {
      abandon();
    }
  }

  void abandon() {
    read_.abandon();
    drawn_.abandon();
  }

  // Leaves the reader nobody to wait for, once the writer has ended.
  struct Abandon {
    VideoRun& run;
    ~Abandon() { run.read_.abandon(); }
  };

  // What is under way is not worth waiting for: a segment that is not full is dropped anyway.
  bool stop_if_cancelled() {
    if (!cancellation_.cancelled()) {
      return false;
    }
    is_stopped_ = true;
    abandon();
    return true;
  }

  void read() {
    for (std::int64_t number = 0; !stop_if_cancelled(); ++number) {
      std::optional<VideoFrame> frame = ends_.read();
      if (!frame) {
        return;
      }
      // A style that moves draws it anew.
      const bool is_drawn = !frame->repeats || look_.position;
      std::unique_ptr<Stylizer::Work> work = is_drawn ? prepare(*frame, number) : nullptr;
      if (!read_.push({std::move(*frame), std::move(work)})) {
        return;
      }
    }
  }

  [[nodiscard]] std::unique_ptr<Stylizer::Work> prepare(const VideoFrame& frame,
                                                        std::int64_t number) const {
    Image image;
    image.rgb = frame.rgb;
    std::unique_ptr<Stylizer::Work> work = stylizer_.prepare(std::move(image));
    work->position = look_.position ? look_.position(number) : 0.0;
    return work;
  }

  void draw() {
    while (std::optional<Step> step = read_.pop()) {
      if (stop_if_cancelled()) {
        return;
      }
      if (step->work) {
        const std::array<Stylizer::Work*, 1> works{step->work.get()};
        stylizer_.run(works);
      }
      if (!drawn_.push(std::move(*step))) {
        return;
      }
    }
  }

  void write() {
    while (std::optional<Step> step = drawn_.pop()) {
      if (step->work) {
        last_.memory = std::move(step->work->memory);
        finish(step->frame, std::move(step->work));
      } else {
        step->frame.rgb = last_.rgb;
      }
      summary_.unchanged += last_.is_unchanged ? 1 : 0;
      ends_.write(step->frame, last_.memory);
      on_frame_(++summary_.frames);
    }
  }

  void finish(VideoFrame& frame, std::unique_ptr<Stylizer::Work> work) {
    const cv::Size source = frame.rgb.size();
    StyledPicture picture = stylizer_.finish(std::move(work));
    if (picture.kind == StyledPicture::Kind::kStyled) {
      frame.rgb = std::move(picture.image.rgb);
    } else {
      frame.rgb = as_it_came(frame.rgb);
    }
    if (frame.rgb.size() != source && frame.rgb.size() != drawn_size(source, {look_.compare, {}})) {
      frame.rgb = frame.rgb(cv::Rect({0, 0}, even(frame.rgb.size()))).clone();
    }
    last_.rgb = frame.rgb;
    last_.is_unchanged = picture.kind != StyledPicture::Kind::kStyled;
  }

  [[nodiscard]] cv::Mat as_it_came(const cv::Mat& rgb) const {
    Image image;
    image.rgb = look_.compare ? side_by_side(rgb, rgb) : rgb;
    keep_max_size(image, look_.max_size);
    return image.rgb;
  }

  const VideoEnds& ends_;
  Stylizer& stylizer_;
  const VideoLook& look_;
  const CancellationToken& cancellation_;
  const std::function<void(std::int64_t)>& on_frame_;

  BoundedQueue<Step> read_{kWaiting};
  BoundedQueue<Step> drawn_{kWaiting};
  FirstFailure failure_;
  std::atomic<bool> is_stopped_{false};
  // What was written last, for frames that repeat it; the writing thread's.
  struct {
    cv::Mat rgb;
    StyleMemory memory;
    bool is_unchanged = false;
  } last_;
  VideoSummary summary_;  // each part belongs to one thread until all have ended
};

}  // namespace

cv::Size drawn_size(cv::Size source, const VideoLook& look) {
  const cv::Size fitted = look.max_size ? fit_long_side(source, *look.max_size) : source;
  const cv::Size drawn(look.compare ? 2 * fitted.width : fitted.width, fitted.height);
  return fitted == source ? drawn : even(drawn);
}

VideoSummary run_video(const VideoEnds& ends, Stylizer& stylizer, const VideoLook& look,
                       const CancellationToken& cancellation,
                       const std::function<void(std::int64_t)>& on_frame) {
  return VideoRun(ends, stylizer, look, cancellation, on_frame).run();
}

}  // namespace stylize
