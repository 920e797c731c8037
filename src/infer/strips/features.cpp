#include "features.h"

#include <utility>

#include "row_stream.h"
#include "stream_plan.h"
#include "stylize/core/error.h"

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
bool costs_little(const Convolution& before, const Convolution& reader) {
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
  const at::Tensor values = value.toTensor().contiguous(at::MemoryFormat::ChannelsLast);
  const MapShape shape{values.size(1), values.size(2), values.size(3)};
  return make_stored(values.to(type_of(element_of(shape, runner_.element()))));
}

bool Features::is_of_this_type(const at::Tensor& tensor) const {
  return tensor.defined() && tensor.scalar_type() == type() && tensor.is_cpu() &&
         tensor.layout() == at::kStrided;
}

void Features::compute_at_once(const PictureSample* sample) {
  is_passing_ = false;
  runner_.take_moments_of(sample);
  statistics_.clear();
}

void Features::compute_in_passing(Statistics statistics) {
  is_passing_ = true;
  runner_.take_moments_of(nullptr);
  statistics_ = std::move(statistics);
  norms_ = 0;
  passing_ = 0;
}

Evaluated Features::with_moments(const MapPtr& map) {
  if (is_passing_) {
    if (norms_ >= statistics_.size()) {
      throw Error(ErrorCode::kModelInvalid, "forward", "normalizes by the whole picture");
    }
    return {store(map), statistics_[norms_++]};
  }
  Evaluated evaluated = stored_values(*map) == nullptr ? runner_.evaluate(*map, true)
                                                       : Evaluated{map, runner_.moments_of(*map)};
  statistics_.push_back(evaluated.moments);
  return evaluated;
}

MapPtr Features::store(const MapPtr& map) {
  if (stored_values(*map) != nullptr || std::holds_alternative<Streamed>(map->how)) {
    return map;
  }
  if (!is_passing_) {
    return runner_.evaluate(*map, false).map;
  }
  constexpr int kMostPassing = 512;  // a chain of so many is given back by calls within calls
  if (++passing_ > kMostPassing) {
    throw Error(ErrorCode::kModelInvalid, "forward", "has too many feature maps");
  }
  return make_streamed(map);
}

std::size_t Features::bytes_when_whole(const MapPtr& map) const {
  return StreamPlan(*map, map->shape.height).bytes_when_whole(runner_.element());
}

void Features::write(const MapPtr& map, std::size_t memory, const WriteRows& write) {
  stream_rows(*map, memory, runner_, write);
}

// The same map, its open convolutions stored unless they may stay open.
template <typename MayStayOpen>
MapPtr Features::settle(const MapPtr& map, const MayStayOpen& may_stay_open) {
  if (const auto* convolved = std::get_if<Convolved>(&map->how)) {
    return may_stay_open(*map, convolved->convolution) ? map : store(map);
  }
  if (const auto* padded = std::get_if<Padded>(&map->how)) {
    Padded copy = *padded;
    copy.source = settle(padded->source, may_stay_open);
    return make_padded(std::move(copy));
  }
  if (const auto* pointwise = std::get_if<Pointwise>(&map->how)) {
    return make_pointwise(settle(pointwise->source, may_stay_open), pointwise->of);
  }
  if (const auto* activated = std::get_if<Activated>(&map->how)) {
    return make_activated(settle(activated->source, may_stay_open), activated->scale,
                          activated->shift, activated->slope);
  }
  if (const auto* clamped = std::get_if<Clamped>(&map->how)) {
    return make_clamped(settle(clamped->source, may_stay_open), clamped->low, clamped->high);
  }
  if (const auto* added = std::get_if<Added>(&map->how)) {
    return make_added(settle(added->first, may_stay_open), settle(added->second, may_stay_open));
  }
  return map;
}

MapPtr Features::readable(const MapPtr& map, const Convolution& reader) {
  return settle(map, [&](const FeatureMap& open, const Convolution& before) {
    return costs_little(before, reader) ||
           (!is_passing_ && runner_.may_make_in_passing(open, reader));
  });
}

MapPtr Features::closed(const MapPtr& map) {
  return settle(map, [](const FeatureMap&, const Convolution&) { return false; });
}

c10::IValue Features::evaluate(const Slot& slot) {
  if (const auto* value = std::get_if<c10::IValue>(&slot)) {
    return *value;
  }
  if (is_passing_) {
    throw Error(ErrorCode::kModelInvalid, "forward", "needs values of whole feature maps");
  }
  return stored_values(*store(std::get<MapPtr>(slot)))->to(type());
}

std::optional<MapShape> shape_of(const Slot& slot) {
  const auto* map = std::get_if<MapPtr>(&slot);
  return map == nullptr ? std::nullopt : std::optional((*map)->shape);
}

}  // namespace stylize::strips
