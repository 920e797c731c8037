// A video file from a drawn stream that is encoded already, and everything else of its source.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "muxer.h"
#include "stream_converter.h"
#include "stream_plan.h"
#include "video_encoder.h"
#include "video_source.h"

namespace stylize {

// Its streams are the source's in their order, with metadata, dispositions and chapters. Throws
// Error kOutputExists, kOutputUnwritable or kDiskFull, naming `path`. Not thread safe.
class VideoAssembly {
 public:
  // `encoder` tells what its packets are; the unfinished file lies in `temporary`.
  VideoAssembly(const std::filesystem::path& path, const std::filesystem::path& temporary,
                const VideoSource& source, const VideoContainer& container,
                const VideoEncoder& encoder, const VideoWriteOptions& options);

  void write_drawn(PacketPtr packet);  // in the encoder's clock
  void write_copied(const AVPacket& packet);
  void finish();

 private:
  void add_stream(const AVStream& from, StreamRole role, const VideoEncoder& encoder);
  void add_converted(const AVStream& from);
  void write_converted(StreamConverter& converter, const AVPacket* packet, int target);
  void add_drawn(const AVStream& from, const VideoEncoder& encoder);
  void write_picture(const AVStream& from, int target);

  VideoContainer container_;
  StreamPlan plan_;
  Muxer muxer_;
  Overwrite overwrite_;
  AVRational drawn_base_;
  int drawn_ = 0;
  std::map<int, std::unique_ptr<StreamConverter>> converters_;  // by number in the output
  std::set<std::size_t> late_streams_;                          // named already
};

}  // namespace stylize
