// An opened video file as reader and writer share it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "display_rotation.h"
#include "ffmpeg_ptr.h"
#include "picture_feed.h"
#include "stylize/media/video_reader.h"
#include "video_color.h"

namespace stylize {

struct VideoSource {
  std::string path;  // for messages
  InputPtr format;
  std::shared_ptr<PictureFeed> feed;  // where its packets come from; null: from `format`
  int drawn = -1;                     // the stream whose frames are drawn
  DisplayRotation rotation;
  VideoInfo info;
  double first = 0.0;  // seconds of libav's clock: where the file begins; never below 0,
  double begin = 0.0;  // what lies before is cut off,
  double end = 0.0;    // and what begins here or later
  bool is_part = false;
  double shift = 0.0;  // seconds that all times are moved towards 0

  [[nodiscard]] const AVStream& drawn_stream() const { return *format->streams[drawn]; }
  [[nodiscard]] ColorTags tags() const { return color_tags(*drawn_stream().codecpar); }
  [[nodiscard]] AVPixelFormat pixel_format() const {
    return static_cast<AVPixelFormat>(drawn_stream().codecpar->format);
  }
  [[nodiscard]] cv::Size stored_size() const {
    return {drawn_stream().codecpar->width, drawn_stream().codecpar->height};
  }

  // The clock is a broadcast's: it begins anywhere, and jumps where files were put together.
  [[nodiscard]] bool may_jump() const {
    return !feed && (format->iformat->flags & AVFMT_TS_DISCONT) != 0;
  }

  [[nodiscard]] bool is_interlaced() const {
    const AVFieldOrder order = drawn_stream().codecpar->field_order;
    return order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE;
  }

  // Of the part.
  [[nodiscard]] bool is_before(std::int64_t ticks, AVRational base) const;
  [[nodiscard]] bool is_behind(std::int64_t ticks, AVRational base, double margin = 0.0) const;
  [[nodiscard]] std::int64_t shift_ticks(AVRational base) const;
};

// Opens a file and finds what is in it. Throws Error kInputMissing, kInputUnsupported or
// kInputCorrupt, naming the path.
VideoSource open_video(const std::filesystem::path& path, const VideoReadOptions& options);

}  // namespace stylize
