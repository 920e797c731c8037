// How a stored picture is turned and mirrored when it is shown.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <span>

namespace stylize {

// First mirrored left to right, then turned clockwise.
struct DisplayRotation {
  int quarter_turns = 0;  // clockwise, 0..3
  bool mirrored = false;
  bool exact = true;  // false: the angle was rounded to quarters

  [[nodiscard]] bool is_none() const { return quarter_turns == 0 && !mirrored; }
  // Width and height change places.
  [[nodiscard]] bool swaps_sides() const { return quarter_turns % 2 == 1; }
  [[nodiscard]] cv::Size apply(cv::Size size) const;
  // New pixels, or those of `pixels` where nothing changes.
  [[nodiscard]] cv::Mat apply(const cv::Mat& pixels) const;
};

// Of the matrix in a video's header (3 x 3, fixed point: libavutil/display.h, ISO 14496-12 6.2.2):
// rows (a b u), (c d v), (x y w) take a point (p q 1) to (a p + c q + x, b p + d q + y). An empty
// one, and one that shows nothing, turn nothing.
DisplayRotation display_rotation(std::span<const std::int32_t> matrix);

}  // namespace stylize
