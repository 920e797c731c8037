// One picture, styled as a whole.
#pragma once

#include <optional>

#include "stylize/media/image.h"
#include "stylize/style/frame_style.h"

namespace stylize {

struct FrameOptions {
  double strength = 1.0;        // 0..1
  bool keep_colors = false;     // hue of the input, light and line of the style
  bool compare = false;         // input and result side by side
  std::optional<int> max_size;  // long side of the output
  // Long side at which the network runs. Default: the style's own, at most twice the picture's.
  std::optional<int> work_size;
  bool native_work_size = false;  // run at the picture's size, whatever it is
};

// Applies a style with options to pictures, one at a time.
class FrameStylizer {
 public:
  FrameStylizer(FrameStyle style, FrameOptions options)
      : style_(std::move(style)), options_(options) {}

  [[nodiscard]] const FrameStyle& style() const { return style_; }

  // Keeps everything of `image` but its colours; the size changes only with max_size and compare.
  // Throws what FrameStyle::apply throws.
  Image stylize(Image image);

 private:
  cv::Mat restyle(const cv::Mat& rgb, const std::string& icc);
  [[nodiscard]] cv::Size network_size(cv::Size size) const;

  FrameStyle style_;
  FrameOptions options_;
};

}  // namespace stylize
