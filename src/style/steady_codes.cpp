#include "steady_codes.h"

#include <algorithm>
#include <cstddef>

namespace stylize {
namespace {

// Rows that a face's pose and expression decide: up to 32 x 32.
constexpr std::size_t kMovingRows = 7;
constexpr float kFollow = 0.6F;  // of a change, at once
constexpr float kAdapt = 0.02F;  // of a change, a frame

void steady(std::span<float> code, std::size_t width, FaceAnchor& anchor) {
  if (anchor.code.size() != code.size()) {
    anchor = {{code.begin(), code.end()}, 1};
    return;
  }
  ++anchor.seen;
  const float mean = std::max(1.0F / static_cast<float>(anchor.seen), kAdapt);
  for (std::size_t i = 0; i < code.size(); ++i) {
    const float share = i / width < kMovingRows ? std::max(kFollow, mean) : mean;
    anchor.code[i] += share * (code[i] - anchor.code[i]);
  }
  std::copy(anchor.code.begin(), anchor.code.end(), code.begin());
}

}  // namespace

void steady_codes(FloatTensor& codes, std::span<FaceAnchor* const> anchors) {
  if (codes.values.empty()) {
    return;
  }
  const auto count = static_cast<std::size_t>(codes.shape.at(0));
  const auto width = static_cast<std::size_t>(codes.shape.at(2));
  const std::size_t size = codes.values.size() / count;
  for (std::size_t i = 0; i < std::min(count, anchors.size()); ++i) {
    if (anchors[i] != nullptr) {
      steady(std::span(codes.values).subspan(i * size, size), width, *anchors[i]);
    }
  }
}

}  // namespace stylize
