// A video file, frame by frame, with everything else that is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>

#include "stylize/media/video_info.h"

struct AVPacket;

namespace stylize {

struct VideoSource;  // what writers take over from the file; private to this layer

// One picture, upright. 8 bits a sample, or 16 (of the full range 0..65535) when these were asked
// for and the source has more than 8.
struct VideoFrame {
  cv::Mat rgb;                // CV_8UC3 or CV_16UC3, of VideoInfo::size
  std::int64_t pts = 0;       // ticks of VideoInfo::time_base
  std::int64_t duration = 0;  // ticks; 0: unknown
  bool repeats = false;       // the same picture as the frame before, at another time
};

// A packet of a stream that is copied: sound, subtitles and the like. Movable.
class MediaPacket {
 public:
  explicit MediaPacket(AVPacket* packet) noexcept : packet_(packet) {}  // takes it over

  [[nodiscard]] AVPacket* get() const noexcept { return packet_.get(); }

 private:
  struct Deleter {
    void operator()(AVPacket* packet) const noexcept;
  };
  std::unique_ptr<AVPacket, Deleter> packet_;
};

// A picture that is shown for a while.
struct StillClip {
  cv::Mat rgb;  // CV_8UC3, sRGB
  Ratio frame_rate;
  double seconds = 0.0;
};

// `start` and `duration` are seconds; a part begins at `start` after the file's own beginning and
// its times count from there on. `threads` are the decoder's; 0: as many as there are cores.
struct VideoReadOptions {
  std::optional<double> start = {};
  std::optional<double> duration = {};
  bool deep = false;
  int threads = 0;
  std::optional<StillClip> still = {};  // read instead of a file, whose path is for messages
};

// Whether a file is a picture that does not move. Throws nothing; missing files are none.
bool is_still_picture(const std::filesystem::path& path);

// Reads a file once, from front to back. Frames come with the file's own times (a missing one is
// guessed from the frames before), colours by the frame's own matrix and range (untagged: BT.709
// from 1280x720 on, below that BT.601; limited), turned upright and, where the stream changes its
// size on the way, at the size of its beginning. What edit lists cut off is not shown. Other
// streams' packets come as they are, except cover pictures, which the writer takes by itself.
//
// A damaged file gives what can be decoded. The constructor throws Error kInputMissing,
// kInputUnsupported or kInputCorrupt, naming the path; the others, too, where the disk fails or
// pixels are of no known kind. Several readers may be used at once, each by one thread at a time.
class VideoReader {
 public:
  explicit VideoReader(const std::filesystem::path& path, const VideoReadOptions& options = {});
  ~VideoReader();
  VideoReader(VideoReader&& other) noexcept;
  VideoReader& operator=(VideoReader&& other) noexcept;
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  [[nodiscard]] const VideoInfo& info() const;

  // The next frame in showing order; nothing at the end, after the decoder's last. What other
  // streams have between is passed over.
  std::optional<VideoFrame> next_frame();

  // Decodes so many frames and drops them; for a run that goes on where another one stopped.
  void skip_frames(std::int64_t frames);

  // The next packet of the other streams, in the order of the file; nothing at its end. Frames are
  // passed over and not decoded: a reader gives the ones or the others.
  std::optional<MediaPacket> next_packet();

  // About how many frames or packets could not be read or decoded so far.
  [[nodiscard]] int damaged() const;

  [[nodiscard]] const VideoSource& source() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stylize
