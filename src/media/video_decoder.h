// Packets of one video stream to frames.
#pragma once

#include "ffmpeg_ptr.h"
#include "video_source.h"

namespace stylize {

// Threads across frames and slices; damaged packets are counted and left behind. Not thread safe.
class VideoDecoder {
 public:
  // `threads` 0: as many as there are cores. Throws Error kInputUnsupported, naming the file.
  VideoDecoder(const VideoSource& source, int threads);

  // Null: no more will come. Take all frames there are before the next one.
  void send(const AVPacket* packet);

  // The next frame, its pts set, in showing order; null: send more, or is_done().
  FramePtr receive();

  [[nodiscard]] bool is_done() const { return is_done_; }
  [[nodiscard]] int damaged() const { return damaged_; }

 private:
  void complete_times(AVFrame& frame);

  CodecPtr context_;
  std::int64_t usual_duration_ = 1;  // ticks of a frame at the average rate
  std::int64_t next_pts_ = 0;        // what a frame without a time gets
  int damaged_ = 0;
  bool is_done_ = false;
};

}  // namespace stylize
