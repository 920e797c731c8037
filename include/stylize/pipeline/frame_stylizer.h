// Pictures styled as a whole.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "stylize/media/image.h"
#include "stylize/pipeline/stylizer.h"
#include "stylize/style/frame_style.h"

namespace stylize {

class TemporalSmoother;  // private to this layer

struct FrameOptions {
  double strength = 1.0;        // 0..1
  bool keep_colors = false;     // hue of the input, light and line of the style
  bool compare = false;         // input and result side by side
  std::optional<int> max_size;  // long side of the output
  // Long side at which the network runs. Default: the style's own, at most twice the picture's.
  std::optional<int> work_size;
  bool native_work_size = false;  // run at the picture's size, whatever it is
  FrameMemory memory;             // of the drawing
  std::optional<int> batch;       // pictures of one size a run; default: FrameStyle::batch
  // For the frames of a clip, in their order: 0..1, see TemporalSmoother; 0: each is drawn alone.
  double steadiness = 0.0;
};

// Applies a style with options to pictures.
class FrameStylizer : public Stylizer {
 public:
  FrameStylizer(FrameStyle style, FrameOptions options);
  ~FrameStylizer() override;

  [[nodiscard]] const FrameStyle& style() const { return style_; }

  // Keeps everything of `image` but its colours; the size changes only with max_size and compare.
  // Throws what FrameStyle::apply throws.
  Image stylize(Image image);

  // The same in steps: to sRGB at the network's size; the network; back to the picture's size and
  // colours.
  [[nodiscard]] std::unique_ptr<Work> prepare(Image image) const override;
  [[nodiscard]] int batch() const override;
  [[nodiscard]] bool fit_together(const Work& left, const Work& right) const override;
  void run(Works works) override;
  void recall(std::span<const std::byte> memory) override;
  [[nodiscard]] StyledPicture finish(std::unique_ptr<Work> work) const override;

 private:
  struct Frame;
  [[nodiscard]] cv::Size network_size(cv::Size size) const;
  void make_steady(Frame& frame);

  FrameStyle style_;
  FrameOptions options_;
  std::unique_ptr<TemporalSmoother> smoother_;  // null: each picture is drawn alone
};

}  // namespace stylize
