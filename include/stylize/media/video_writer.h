// A video file whose pictures are new, and the rest as it was: first the pictures, in segments,
// then all of it. Or, by its ending, an animated picture: GIF, WebP or PNG.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stylize/core/cancellation.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/video_reader.h"

namespace stylize {

// Empty ones leave it to us: H.264 (in webm VP9) of a quality that shows no loss, yuv420p. Those of
// encoders are for videos alone.
struct VideoWriteOptions {
  std::string codec = {};                                       // an encoder of libavcodec
  std::optional<int> crf = {};                                  // quality as the encoder counts it
  std::string preset = {};                                      // of the encoder
  std::string pixel_format = {};                                // as libavutil names them
  std::vector<std::pair<std::string, std::string>> extra = {};  // more options of the encoder
  // Of the frames to come; empty: the source's.
  cv::Size size = {};
  std::optional<Ratio> frame_rate = {};  // constant
  std::optional<Ratio> time_base = {};   // seconds a tick of their times
  int threads = 0;                       // of the encoder; 0: as many as there are cores
  // Sound and subtitles of text that the container cannot hold are encoded anew, not left out.
  bool converts = false;
  Overwrite overwrite = Overwrite::kNo;
};

// A run of a video's frames, encoded as a file of its own, which begins with a key frame. The file
// gets its name in finish(); without it nothing is left.
//
// Throws Error kUsage (an ending, encoder, option or pixel format that does not work, naming it),
// kOutputUnwritable or kDiskFull, naming `path`. Not thread safe; a writer may be used in another
// thread than its source, which must outlive the constructor only.
class VideoSegmentWriter {
 public:
  // `output` is what the segments will be joined to: its ending decides over the encoder.
  VideoSegmentWriter(const std::filesystem::path& path, const std::filesystem::path& output,
                     const VideoReader& source, const VideoWriteOptions& options = {});
  ~VideoSegmentWriter();
  VideoSegmentWriter(VideoSegmentWriter&& other) noexcept;
  VideoSegmentWriter& operator=(VideoSegmentWriter&& other) noexcept;
  VideoSegmentWriter(const VideoSegmentWriter&) = delete;
  VideoSegmentWriter& operator=(const VideoSegmentWriter&) = delete;

  // RGB, CV_8UC3 or CV_16UC3, of the size told in the options; times must grow from frame to frame
  // (one that does not is moved by a tick).
  void write(const VideoFrame& frame);
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The frames of segments. Throws Error kInputCorrupt for one that is none.
std::int64_t count_frames(const std::vector<std::filesystem::path>& segments);

// Throws Error kUsage for an ending that no container has, and for options of an encoder where the
// ending leaves no choice of one.
void check_write_options(const std::filesystem::path& output, const VideoWriteOptions& options);

// Tries what will write frames of `options.size` from `source`, before hours go into drawing them.
// Says what an odd size costs, at the info level, and warns of interlaced sources. Throws Error
// kUsage as VideoSegmentWriter does, and for an encoder whose video the container of `output`
// cannot hold. Writes nothing.
void check_video_output(const std::filesystem::path& output, const VideoReader& source,
                        const VideoWriteOptions& options);

// Throws Error kDiskFull where the disk of `output` has certainly not enough room for it and for
// the segments that are still to be drawn; those in `segments` are there already.
void check_free_space(const std::filesystem::path& output, const VideoReader& source,
                      const VideoWriteOptions& options,
                      const std::vector<std::filesystem::path>& segments = {});

// What of `source` the `output` cannot hold, with `converts` as in VideoWriteOptions, e.g.
// "subtitle stream 3 (subrip): mp4 cannot hold it". Throws Error kUsage for an ending that no
// container has.
std::vector<std::string> streams_left_out(const std::filesystem::path& output,
                                          const VideoReader& source, bool converts = false);

struct JoinedVideo {
  cv::Size size;
  std::int64_t frames = 0;
};

// Makes `output` of segments, which were written with the same options, and of all else that is in
// the source, a reader at its beginning. The streams are the
// source's in their order, with metadata, dispositions and chapters; the drawn one has the source's
// times, colour tags and sample aspect, and is upright. An animated picture has nothing but the
// frames, in sRGB with square pixels, shown at their times as near as it counts them, and goes
// round for ever; frames that follow sooner than viewers show them are left out, with a warning.
// `output` appears whole or not at all; until then it lies in the folder `temporary`, on the same
// file system. Throws Error kOutputExists, kOutputUnwritable or kDiskFull, naming `output`, and
// kInputCorrupt for a segment that is none, kInterrupted when it is stopped.
JoinedVideo join_segments(const std::vector<std::filesystem::path>& segments,
                          const std::filesystem::path& output,
                          const std::filesystem::path& temporary, VideoReader& source,
                          const VideoWriteOptions& options, const CancellationToken& cancellation);

}  // namespace stylize
