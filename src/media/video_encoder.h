// Frames to the packets of one video stream.
#pragma once

#include <map>
#include <string>

#include "ffmpeg_ptr.h"
#include "frame_converter.h"
#include "stylize/media/video_writer.h"
#include "video_container.h"
#include "video_source.h"

namespace stylize {

// How many frames will come of a source; 0: it does not say.
std::int64_t expected_frames(const VideoInfo& source, const VideoWriteOptions& options);

// Keeps the frames' times; colour tags and sample aspect are the source's. Not thread safe.
class VideoEncoder {
 public:
  // Throws Error kUsage, naming what does not work.
  VideoEncoder(const VideoSource& source, const VideoContainer& container,
               const VideoWriteOptions& options);

  void send(const VideoFrame& frame);
  void finish();
  // The next packet, its times in time_base(); null: send more, or all have come.
  PacketPtr receive();

  [[nodiscard]] cv::Size size() const { return {context_->width, context_->height}; }
  [[nodiscard]] AVRational time_base() const { return context_->time_base; }
  // The rate of the context is that of every frame, whatever the source's.
  [[nodiscard]] bool has_constant_rate() const { return has_constant_rate_; }
  // The pixel format is a rare one, because the size needs it.
  [[nodiscard]] bool is_made_for_odd_size() const;
  [[nodiscard]] const AVCodecContext& context() const { return *context_; }

 private:
  void set_up(const VideoSource& source, const VideoContainer& container,
              const VideoWriteOptions& options);
  void open(const VideoContainer& container, const VideoWriteOptions& options);
  // A frame's time as the encoder wants it: in its clock, and growing.
  std::int64_t next_pts(std::int64_t pts);

  std::string name_;
  CodecPtr context_;
  FramePtr frame_;
  FrameConverter converter_;
  AVRational source_base_{1, 1};
  bool has_constant_rate_ = false;
  std::int64_t last_pts_ = AV_NOPTS_VALUE;
  std::map<std::int64_t, std::int64_t> durations_;  // of frames inside the encoder, by time
};

}  // namespace stylize
