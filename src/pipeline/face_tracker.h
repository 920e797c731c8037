// The faces of a clip from frame to frame.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include <opencv2/core.hpp>

#include "stylize/face/face.h"

namespace stylize {

// One person's face while it is to be seen.
struct FaceTrack {
  Face face;             // its landmarks held still
  int id = 0;            // never that of another face of the clip
  double opacity = 1.0;  // 0..1: how much of it is drawn
};

// Follows faces: a detector's landmarks jump by a pixel or two from frame to frame, and it loses a
// face now and then. The landmarks are filtered (first order, faster for faces that move faster,
// after Casiez et al., "1 Euro Filter", 2012); what is drawn of a face grows over a few frames when
// it appears, and fades when it is not found any more, so that a short gap shows as little as an
// end. Faces that are there at the beginning or after a cut are there at once. Not thread safe.
class FaceTracker {
 public:
  // The faces to be drawn in the next frame, CV_8UC3, given those that were found in it; the
  // largest first.
  std::vector<FaceTrack> follow(const cv::Mat& rgb8, const std::vector<Face>& found);

  // What the next frame depends on.
  [[nodiscard]] nlohmann::json memory() const;
  void recall(const nlohmann::json& memory);

 private:
  bool is_new_scene(const cv::Mat& rgb8);
  void match(const std::vector<Face>& found, double first_opacity);

  std::vector<FaceTrack> tracks_;
  cv::Mat glance_;  // the last frame, tiny; empty: none
  int next_id_ = 0;
};

}  // namespace stylize
