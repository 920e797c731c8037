// One picture as a clip.
#pragma once

#include <utility>

#include "picture_feed.h"
#include "stylize/media/video_reader.h"

namespace stylize {

class StillFeed : public PictureFeed {
 public:
  explicit StillFeed(StillClip clip) : clip_(std::move(clip)) {}

  [[nodiscard]] InputPtr format() const override;
  [[nodiscard]] const char* codec() const override { return "picture"; }
  int read(AVPacket& packet) override;

 private:
  [[nodiscard]] std::int64_t frames() const;

  StillClip clip_;
  std::int64_t next_ = 0;
};

}  // namespace stylize
