#include "frame_face_style.h"

#include <utility>

namespace stylize {

FrameFaceStyle::FrameFaceStyle(FrameStyle style, double strength)
    : FaceStyle(style.manifest()), style_(std::move(style)), strength_(strength) {}

std::vector<cv::Mat> FrameFaceStyle::apply(const std::vector<cv::Mat>& crops,
                                           FaceAnchors /*anchors*/) {
  std::vector<cv::Mat> styled;
  for (const cv::Mat& crop : crops) {
    if (strength_ <= 0.0) {
      styled.push_back(crop.clone());
      continue;
    }
    cv::Mat drawn = style_.apply(crop);
    if (strength_ < 1.0) {
      cv::addWeighted(drawn, strength_, crop, 1.0 - strength_, 0.0, drawn);
    }
    styled.push_back(drawn);
  }
  return styled;
}

}  // namespace stylize
