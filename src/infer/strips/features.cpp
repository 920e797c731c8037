#include "features.h"

#include <utility>

namespace stylize::strips {
namespace {

bool is_picture(const at::Tensor& tensor) {
  return tensor.dim() == 4 && tensor.size(0) == 1 && tensor.numel() > 0;
}

bool is_pointwise(const Convolution& convolution) {
  return convolution.reach(0) == 1 && convolution.reach(1) == 1;
}

bool is_depthwise(const Convolution& convolution) {
  return convolution.groups == convolution.weight.size(0) && convolution.groups > 1;
}

// Pointwise readers make no row twice; depthwise ones two of each strip, which is cheap before
// them where it is pointwise.
bool may_stay_open(const Convolution& before, const Convolution& reader) {
  return is_pointwise(reader) || (is_depthwise(reader) && is_pointwise(before));
}

}  // namespace

std::optional<MapPtr> Features::map_of(const Slot& slot) const {
  if (const auto* map = std::get_if<MapPtr>(&slot)) {
    return *map;
  }
  const auto& value = std::get<c10::IValue>(slot);
  if (!value.isTensor() || !is_of_this_type(value.toTensor()) || !is_picture(value.toTensor())) {
    return std::nullopt;
  }
  return make_stored(value.toTensor().contiguous(at::MemoryFormat::ChannelsLast));
}

bool Features::is_of_this_type(const at::Tensor& tensor) const {
  return tensor.defined() && tensor.scalar_type() == type_of(runner_.element()) &&
         tensor.is_cpu() && tensor.layout() == at::kStrided;
}

Evaluated Features::with_moments(const MapPtr& map) {
  if (stored_values(*map) != nullptr) {
    return {map, runner_.moments_of(*map)};
  }
  return runner_.evaluate(*map, true);
}

MapPtr Features::store(const MapPtr& map) {
  return stored_values(*map) != nullptr ? map : runner_.evaluate(*map, false).map;
}

// The same map, its open convolutions stored unless they may stay open.
template <typename MayStayOpen>
MapPtr Features::settle(const MapPtr& map, const MayStayOpen& may_stay_open) {
  if (const auto* convolved = std::get_if<Convolved>(&map->how)) {
    return may_stay_open(convolved->convolution) ? map : store(map);
  }
  if (const auto* padded = std::get_if<Padded>(&map->how)) {
    Padded copy = *padded;
    copy.source = settle(padded->source, may_stay_open);
    return make_padded(std::move(copy));
  }
  if (const auto* activated = std::get_if<Activated>(&map->how)) {
    return make_activated(settle(activated->source, may_stay_open), activated->scale,
                          activated->shift, activated->slope);
  }
  if (const auto* added = std::get_if<Added>(&map->how)) {
    return make_added(settle(added->first, may_stay_open), settle(added->second, may_stay_open));
  }
  return map;
}

MapPtr Features::readable(const MapPtr& map, const Convolution& reader) {
  return settle(map, [&](const Convolution& before) { return may_stay_open(before, reader); });
}

MapPtr Features::closed(const MapPtr& map) {
  return settle(map, [](const Convolution&) { return false; });
}

c10::IValue Features::evaluate(const Slot& slot) {
  if (const auto* value = std::get_if<c10::IValue>(&slot)) {
    return *value;
  }
  return *stored_values(*store(std::get<MapPtr>(slot)));
}

std::optional<MapShape> shape_of(const Slot& slot) {
  const auto* map = std::get_if<MapPtr>(&slot);
  return map == nullptr ? std::nullopt : std::optional((*map)->shape);
}

}  // namespace stylize::strips
