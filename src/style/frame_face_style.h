// Styles for whole pictures, run on aligned faces.
#pragma once

#include <vector>

#include "stylize/style/face_style.h"
#include "stylize/style/frame_style.h"

namespace stylize {

// What AnimeGANv2's demo does with its face_paint styles: the network sees the face with its
// surroundings (face.expand of the manifest) at the size it draws best. Strength mixes pixels.
class FrameFaceStyle : public FaceStyle {
 public:
  FrameFaceStyle(FrameStyle style, double strength);

  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops, FaceAnchors anchors) override;
  using FaceStyle::apply;

 private:
  FrameStyle style_;
  double strength_;
};

}  // namespace stylize
