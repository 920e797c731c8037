#include "stylize/pipeline/frame_stylizer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "max_size.h"
#include "style_memory.h"
#include "stylize/media/bit_depth.h"
#include "stylize/media/color_management.h"
#include "stylize/media/resample.h"
#include "stylize/pipeline/blend.h"
#include "temporal_smoother.h"

namespace stylize {
namespace {

// A picture below the style's size is enlarged for drawing, or small faces would lose their
// features; beyond this factor there is nothing left to draw finer.
constexpr int kLargestEnlargement = 2;

// Pixels; a larger picture keeps a GPU busy alone.
constexpr int kLargestInBatch = 1 << 20;

cv::Mat network_input(const Image& image, cv::Size size) {
  return ColorConverter(image.icc).to_srgb(resize_picture(image.rgb, size));
}

}  // namespace

struct FrameStylizer::Frame : Work {
  Image image;     // of the output's size
  cv::Size size;   // the network's; empty where nothing is drawn
  cv::Mat input;   // of that size, in sRGB
  cv::Mat styled;  // what was drawn of it
};

FrameStylizer::FrameStylizer(FrameStyle style, FrameOptions options)
    : style_(std::move(style)),
      options_(options),
      smoother_(options.steadiness > 0.0 ? std::make_unique<TemporalSmoother>(options.steadiness)
                                         : nullptr) {
  style_.limit(options_.memory);
}

FrameStylizer::~FrameStylizer() = default;

cv::Size FrameStylizer::network_size(cv::Size size) const {
  const std::optional<int> recommended = style_.manifest().recommended_size;
  if (options_.native_work_size || (!options_.work_size && !recommended)) {
    return size;
  }
  if (options_.work_size) {
    return with_long_side(size, *options_.work_size);
  }
  const int longest = std::max(size.width, size.height);
  return with_long_side(size, std::min(*recommended, kLargestEnlargement * longest));
}

std::unique_ptr<Stylizer::Work> FrameStylizer::prepare(Image image) const {
  auto frame = std::make_unique<Frame>();
  keep_max_size(image, options_.max_size);
  if (options_.strength > 0.0) {
    frame->size = network_size(image.rgb.size());
    // An enlarged picture waits for run(), which knows whether there is memory for it.
    if (frame->size.area() <= image.rgb.size().area()) {
      frame->input = network_input(image, frame->size);
    }
  }
  frame->image = std::move(image);
  return frame;
}

int FrameStylizer::batch() const { return options_.batch.value_or(style_.batch()); }

bool FrameStylizer::fit_together(const Work& left, const Work& right) const {
  const auto& first = static_cast<const Frame&>(left);
  const auto& second = static_cast<const Frame&>(right);
  return !first.input.empty() && first.size == second.size &&
         first.input.type() == second.input.type() && first.size.area() <= kLargestInBatch;
}

void FrameStylizer::run(Works works) {
  std::vector<Frame*> frames;
  std::vector<cv::Mat> inputs;
  for (Work* work : works) {
    auto& frame = static_cast<Frame&>(*work);
    if (frame.size.empty()) {
      continue;
    }
    style_.check_fits_memory(frame.size);
    if (frame.input.empty()) {
      frame.input = network_input(frame.image, frame.size);
    }
    frames.push_back(&frame);
    inputs.push_back(frame.input);
  }
  if (frames.empty()) {
    return;
  }
  const std::vector<cv::Mat> styled = style_.apply(inputs);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frames[i]->styled = styled[i];
    make_steady(*frames[i]);
    frames[i]->input.release();
  }
}

void FrameStylizer::make_steady(Frame& frame) {
  if (smoother_ == nullptr) {
    return;
  }
  frame.styled = smoother_->steady(to_8_bit(frame.input), frame.styled);
  frame.memory = [last = smoother_->last()] {
    return to_memory(
        {{"input", picture_memory(last.input)}, {"drawn", picture_memory(last.drawn)}});
  };
}

void FrameStylizer::recall(std::span<const std::byte> memory) {
  if (smoother_ != nullptr) {
    read_memory(memory, [this](const nlohmann::json& last) {
      smoother_->go_on_after(last.is_null() ? DrawnPicture()
                                            : DrawnPicture{remembered_picture(last.at("input")),
                                                           remembered_picture(last.at("drawn"))});
    });
  }
}

StyledPicture FrameStylizer::finish(std::unique_ptr<Work> work) const {
  auto& frame = static_cast<Frame&>(*work);
  Image image = std::move(frame.image);
  cv::Mat styled = image.rgb;
  if (!frame.styled.empty()) {
    // What was drawn returns to the picture's colour space before its size.
    styled = enlarge_drawing(ColorConverter(image.icc).from_srgb(frame.styled), image.rgb.size());
    if (options_.keep_colors) {
      styled = keep_colors(image.rgb, styled);
    }
    styled = blend_strength(image.rgb, styled, options_.strength);
  }
  if (options_.compare) {
    styled = side_by_side(image.rgb, styled);
    image.alpha = image.alpha.empty() ? image.alpha : side_by_side(image.alpha, image.alpha);
  }
  image.rgb = styled;
  return image;
}

Image FrameStylizer::stylize(Image image) { return stylize_one(*this, std::move(image)).image; }

}  // namespace stylize
