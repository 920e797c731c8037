// Values of a running script, those of feature maps not computed before they must be.
#pragma once

#include <ATen/core/ivalue.h>

#include <cstdint>
#include <optional>
#include <variant>

#include "feature_map.h"
#include "strip_runner.h"

namespace stylize::strips {

using Slot = std::variant<c10::IValue, MapPtr>;

// What the patterns compute with. One run at a time.
class Features {
 public:
  explicit Features(Element element) : runner_(element) {}

  // A map; of a tensor of one picture in the type of this run, too. Nothing for all else.
  [[nodiscard]] std::optional<MapPtr> map_of(const Slot& slot) const;

  // The map in memory, with the moments of its values.
  Evaluated with_moments(const MapPtr& map);
  MapPtr store(const MapPtr& map);

  // What a convolution may read: convolutions before it stay open, to be computed strip by strip
  // with it, where that makes few rows twice; all others are stored.
  MapPtr readable(const MapPtr& map, const Convolution& reader);
  MapPtr closed(const MapPtr& map);  // with no convolution left open

  // All values in memory; the slot itself where it is no map.
  c10::IValue evaluate(const Slot& slot);

  // Whether it is a tensor of this run's numbers.
  [[nodiscard]] bool is_of_this_type(const at::Tensor& tensor) const;

 private:
  template <typename MayStayOpen>
  MapPtr settle(const MapPtr& map, const MayStayOpen& may_stay_open);

  StripRunner runner_;
};

// Nothing for what is no map.
std::optional<MapShape> shape_of(const Slot& slot);

}  // namespace stylize::strips
