#include "picture_sample.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "row_reader.h"

namespace stylize::strips {
namespace {

// Pixels; multiples of what networks ask for. Half of a square counts, and a quarter of it is seen
// by those that do: measured on photos, larger margins change nothing, and larger squares are
// fewer.
constexpr std::int64_t kPitch = 64;
constexpr std::int64_t kMargin = 16;
constexpr std::int64_t kSquares = 576;

// Starts of `count` squares along a side.
std::vector<std::int64_t> spread(std::int64_t side, std::int64_t count) {
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i < count; ++i) {
    starts.push_back((2 * i + 1) * (side - kPitch) / (2 * count));
  }
  return starts;
}

// What counts of a side of a map on which squares are `pitch` long, not all of it whole pixels.
struct Insides {
  double pitch;
  double margin;
  std::int64_t length;

  [[nodiscard]] std::int64_t first(std::int64_t square) const {
    const auto first =
        static_cast<std::int64_t>(std::llround(static_cast<double>(square) * pitch + margin));
    return std::min(first, length - 1);
  }
  [[nodiscard]] std::int64_t last(std::int64_t square) const {
    return std::max(
        first(square) + 1,
        static_cast<std::int64_t>(std::llround(static_cast<double>(square + 1) * pitch - margin)));
  }
  [[nodiscard]] bool has(std::int64_t index) const {
    const auto square = static_cast<std::int64_t>(static_cast<double>(index) / pitch);
    return index >= first(square) && index < last(square);
  }
};

}  // namespace

bool is_worth_a_sample(const MapShape& shape) {
  return std::min(shape.height, shape.width) >= kPitch &&
         shape.height * shape.width >= 2 * kSquares * kPitch * kPitch;
}

PictureSample sample_of(const MapPtr& picture) {
  const MapShape& shape = picture->shape;
  const double ratio = static_cast<double>(shape.height) / static_cast<double>(shape.width);
  const auto down = std::clamp<std::int64_t>(
      std::llround(std::sqrt(static_cast<double>(kSquares) * ratio)), 1, shape.height / kPitch);
  const auto right = std::clamp<std::int64_t>(kSquares / down, 1, shape.width / kPitch);
  const at::Tensor sample = at::empty({down * kPitch, right * kPitch, shape.channels}, at::kFloat);
  const at::Tensor band = at::empty({kPitch, shape.width, shape.channels}, at::kFloat);
  std::int64_t to_row = 0;
  for (const std::int64_t top : spread(shape.height, down)) {
    std::get<Given>(picture->how).read(top, kPitch, band.mutable_data_ptr<float>());
    std::int64_t to_column = 0;
    for (const std::int64_t left : spread(shape.width, right)) {
      sample.narrow(0, to_row, kPitch)
          .narrow(1, to_column, kPitch)
          .copy_(band.narrow(1, left, kPitch));
      to_column += kPitch;
    }
    to_row += kPitch;
  }
  return {make_stored(sample.permute({2, 0, 1}).unsqueeze(0)), kPitch, kMargin};
}

Moments PictureSample::moments(const MapShape& map, RowRange rows, const std::byte* values,
                               Element element) const {
  const MapShape& whole = squares->shape;
  const auto insides = [&](std::int64_t length, std::int64_t of) {
    const double scale = static_cast<double>(length) / static_cast<double>(of);
    return Insides{scale * static_cast<double>(pitch), scale * static_cast<double>(margin), length};
  };
  const Insides down = insides(map.height, whole.height);
  const Insides right = insides(map.width, whole.width);
  const std::size_t row = row_bytes(map, element);
  const std::size_t pixel = row_bytes({map.channels, 1, 1}, element);
  Moments all{};
  for (std::int64_t y = rows.first; y < rows.last; ++y, values += row) {
    for (std::int64_t x = 0; down.has(y) && x < whole.width / pitch; ++x) {
      const std::int64_t first = right.first(x);
      const auto count = static_cast<std::size_t>((right.last(x) - first) * map.channels);
      all = combine(all, row_kernels(element_of(map, element))
                             .moments(values + static_cast<std::size_t>(first) * pixel, count));
    }
  }
  return all;
}

}  // namespace stylize::strips
