// Where the drawn frames of a video go: into segments, one after the other.
#pragma once

#include <filesystem>
#include <optional>

#include "stylize/media/video_reader.h"
#include "stylize/media/video_writer.h"
#include "stylize/pipeline/stylizer.h"
#include "stylize/pipeline/video_state.h"

namespace stylize {

// A segment is opened with its first frame, whose size says how large the style and its options
// make the picture. Not thread safe. Throws what VideoSegmentWriter and VideoState throw.
class SegmentedOutput {
 public:
  // In one segment: the most that a kill costs, and what a key frame comes after.
  static constexpr int kFrames = 120;

  // `state` and `source` must outlive it; `output` is what the segments will be joined to.
  SegmentedOutput(VideoState& state, std::filesystem::path output, const VideoReader& source,
                  VideoWriteOptions options);

  // `memory` is kept if a segment ends with this frame.
  void write(const VideoFrame& frame, const StyleMemory& memory);

  // The last segment may be shorter.
  void finish();

 private:
  void finish_segment();

  VideoState& state_;
  std::filesystem::path output_;
  const VideoReader& source_;
  VideoWriteOptions options_;
  std::optional<VideoSegmentWriter> writer_;
  StyleMemory memory_;  // of the last frame
  int in_segment_ = 0;
};

}  // namespace stylize
