#include "feature_map.h"

#include <algorithm>
#include <utility>

namespace stylize::strips {
namespace {

MapPtr make(MapShape shape, int depth, decltype(FeatureMap::how) how) {
  return std::make_shared<const FeatureMap>(FeatureMap{shape, depth, std::move(how)});
}

double step_of(std::int64_t from, std::int64_t to, bool aligned_corners,
               std::optional<double> given) {
  if (from == to) {
    return 1.0;  // as ATen does, whatever the factor that was given
  }
  if (aligned_corners) {
    return to > 1 ? static_cast<double>(from - 1) / static_cast<double>(to - 1) : 0.0;
  }
  return given.value_or(static_cast<double>(from) / static_cast<double>(to));
}

}  // namespace

MapPtr make_stored(at::Tensor values) {
  const MapShape shape{values.size(1), values.size(2), values.size(3)};
  return make(shape, 0, Stored{std::move(values)});
}

MapPtr make_given(MapShape shape, ReadRows read) { return make(shape, 0, Given{std::move(read)}); }

MapPtr make_streamed(MapPtr source) {
  const MapShape shape = source->shape;
  return make(shape, 0, Streamed{std::move(source), std::make_shared<RowWindow>()});
}

MapPtr make_pointwise(MapPtr source, std::function<at::Tensor(const at::Tensor&)> of) {
  const MapShape shape = source->shape;
  const int depth = source->depth + 1;
  return make(shape, depth, Pointwise{std::move(source), std::move(of)});
}

MapPtr make_activated(MapPtr source, std::vector<float> scale, std::vector<float> shift,
                      float slope) {
  const MapShape shape = source->shape;
  if (scale.empty()) {
    scale.assign(static_cast<std::size_t>(shape.channels), 1.0F);
    shift.assign(static_cast<std::size_t>(shape.channels), 0.0F);
  }
  const int depth = source->depth + 1;
  return make(shape, depth,
              Activated{std::move(source), std::move(scale), std::move(shift), slope});
}

MapPtr make_clamped(MapPtr source, float low, float high) {
  const MapShape shape = source->shape;
  const int depth = source->depth + 1;
  return make(shape, depth, Clamped{std::move(source), low, high});
}

MapPtr make_added(MapPtr first, MapPtr second) {
  const MapShape shape = first->shape;
  const int depth = std::max(first->depth, second->depth) + 1;
  return make(shape, depth, Added{std::move(first), std::move(second)});
}

MapPtr make_resized(MapPtr source, std::int64_t height, std::int64_t width, bool aligned_corners,
                    std::optional<double> step_down, std::optional<double> step_right) {
  const MapShape from = source->shape;
  Resized resized{std::move(source), step_of(from.height, height, aligned_corners, step_down),
                  step_of(from.width, width, aligned_corners, step_right), aligned_corners};
  const int depth = resized.source->depth + 1;
  return make({from.channels, height, width}, depth, std::move(resized));
}

MapPtr make_padded(Padded padded) {
  MapShape shape = padded.source->shape;
  shape.height += padded.top + padded.bottom;
  shape.width += padded.left + padded.right;
  const int depth = padded.source->depth + 1;
  return make(shape, depth, std::move(padded));
}

MapPtr make_convolved(Convolved convolved) {
  const MapShape shape = shape_after(convolved.padded->shape, convolved.convolution);
  const int depth = convolved.padded->depth + 1;
  return make(shape, depth, std::move(convolved));
}

const at::Tensor* stored_values(const FeatureMap& map) {
  const auto* stored = std::get_if<Stored>(&map.how);
  return stored == nullptr ? nullptr : &stored->values;
}

Sample sample_at(std::int64_t index, std::int64_t length, double step, bool aligned_corners) {
  // In float, as ATen does it.
  const auto scale = static_cast<float>(step);
  const float position = aligned_corners
                             ? scale * static_cast<float>(index)
                             : std::max(0.0F, scale * (static_cast<float>(index) + 0.5F) - 0.5F);
  // Models choose steps: positions are brought into the map while they are no integers yet.
  const float inside = std::min(position, static_cast<float>(length - 1));
  const std::int64_t first = std::min(static_cast<std::int64_t>(inside), length - 1);
  const float weight = std::clamp(position - static_cast<float>(first), 0.0F, 1.0F);
  return {first, std::min(first + 1, length - 1), weight};
}

std::int64_t source_index(std::int64_t index, std::int64_t length, PadMode mode) {
  if (index >= 0 && index < length) {
    return index;
  }
  switch (mode) {
    case PadMode::kReflect: return index < 0 ? -index : 2 * (length - 1) - index;
    case PadMode::kReplicate: return std::clamp<std::int64_t>(index, 0, length - 1);
    case PadMode::kZeros: break;
  }
  return -1;
}

}  // namespace stylize::strips
