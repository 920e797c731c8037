// What becomes of each stream of a file in another container.
#pragma once

#include <string>
#include <vector>

#include "ffmpeg_ptr.h"
#include "video_container.h"
#include "video_source.h"

namespace stylize {

enum class StreamRole {
  kDrawn,       // decoded, restyled, encoded
  kCopied,      // packet for packet
  kPicture,     // a cover: its one packet is in the header
  kAttachment,  // a cover where covers are attached files
  kConverted,   // encoded anew, see make_stream_converter
  kImplied,     // the container makes it of something else that is copied
  kLeftOut,
};

struct PlannedStream {
  StreamRole role = StreamRole::kLeftOut;
  int target = -1;  // its number in the output; -1: none
};

struct StreamPlan {
  std::vector<PlannedStream> streams;  // by number in the source
  std::vector<std::string> left_out;   // in words
};

// With `converts` sound and text that the container cannot hold are encoded anew where that works.
StreamPlan plan_streams(const VideoSource& source, const VideoContainer& container, bool converts);

// Whether the container's header can be written for such a stream.
bool can_hold_encoded(const VideoContainer& container, const AVCodecContext& encoder);

// Makes `stream` a copy of `from`: parameters, metadata, disposition, side data, rates.
void copy_stream(const AVStream& from, AVStream& stream, const AVOutputFormat& format);

// The same for a cover that becomes an attached file.
void attach_picture(const AVStream& from, AVStream& stream);

}  // namespace stylize
