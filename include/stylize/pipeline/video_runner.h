// The frames of a video through a style, in their order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "stylize/core/cancellation.h"
#include "stylize/media/video_reader.h"
#include "stylize/pipeline/stylizer.h"

namespace stylize {

// The ends of a run. Each is called from one thread, but not from the same one.
struct VideoEnds {
  std::function<std::optional<VideoFrame>()> read;  // nothing at the end
  // With the frame comes its Stylizer::Work::memory, for a run that goes on after it.
  std::function<void(const VideoFrame&, const StyleMemory&)> write;
};

// What is done to every frame, drawn or not, so that all come out at one size.
struct VideoLook {
  bool compare = false;  // side by side with the input
  std::optional<int> max_size;
  // Where in the clip the frame of this number is, 0..1, counted from the run's first; for styles
  // that move. Empty: they do not.
  std::function<double(std::int64_t frame)> position = {};
};

// Of a drawn frame whose source has this size. A frame that is made smaller gets even sides, which
// H.264 wants.
cv::Size drawn_size(cv::Size source, const VideoLook& look);

struct VideoSummary {
  std::int64_t frames = 0;     // written
  std::int64_t unchanged = 0;  // of these: the style had nothing to draw in them
  bool interrupted = false;    // some were not written
};

// Reads, draws and writes side by side, with a few frames waiting between two stages whatever the
// length of the video: reading and what comes before the network in one thread, the network in the
// caller's, what comes after it and writing in a third. Frames keep their order; one that the
// stylizer leaves as it is or has nothing for is written as it came, with the `look` that the
// stylizer gives the others. One that repeats the frame before is written as that was and not drawn
// again, unless the style moves; the first repeats nothing. Cancelling ends the run at the next
// frame of each stage. `on_frame` is told how many frames were written, by the writing thread.
// Throws what any of them throws, the first of all failures.
VideoSummary run_video(const VideoEnds& ends, Stylizer& stylizer, const VideoLook& look,
                       const CancellationToken& cancellation,
                       const std::function<void(std::int64_t)>& on_frame);

}  // namespace stylize
