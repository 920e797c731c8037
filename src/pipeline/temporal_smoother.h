// Drawn pictures of a clip that hold still where the clip does.
#pragma once

#include <opencv2/core.hpp>

namespace stylize {

// A picture of a clip and what was drawn of it, both CV_8UC3 RGB and of one size; empty: none.
struct DrawnPicture {
  cv::Mat input;
  cv::Mat drawn;
};

// A network draws each frame by itself, so its lines and patches change with noise that no eye
// sees in the clip. Here the picture drawn before is moved along the optical flow between the two
// inputs (dense inverse search, Kroeger et al. 2016, as OpenCV has it) and blended over the new
// one: by `amount` where the moved input equals the new one, less the more it differs, not at all
// where something new appears. The rule is that of Lai et al., "Learning Blind Video Temporal
// Consistency" (2018, eq. 4): a weight exp(-alpha |I_t - warp(I_t-1)|^2). At a cut it begins anew.
//
// Not thread safe. The same pictures in the same order give the same bytes.
class TemporalSmoother {
 public:
  // `amount` in 0..1: the share of the past where nothing has changed; 1 would never be redrawn.
  explicit TemporalSmoother(double amount) : amount_(amount) {}

  // The next picture of the clip, made steady: CV_8UC3. `input` and `drawn` as in DrawnPicture; one
  // of another size than before begins anew. Throws what OpenCV throws when memory runs out.
  cv::Mat steady(const cv::Mat& input, const cv::Mat& drawn);

  // What the next picture depends on.
  [[nodiscard]] const DrawnPicture& last() const { return last_; }
  void go_on_after(DrawnPicture last) { last_ = std::move(last); }

 private:
  double amount_;
  DrawnPicture last_;
};

}  // namespace stylize
