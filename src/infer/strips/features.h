// Values of a running script, those of feature maps not computed before they must be.
#pragma once

#include <ATen/core/ivalue.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "../exact_vectors.h"
#include "feature_map.h"
#include "strip_runner.h"

namespace stylize::strips {

using Slot = std::variant<c10::IValue, MapPtr>;

// Of the maps that a network normalizes, in their order.
using Statistics = std::vector<Moments>;

// What the patterns compute with. One run at a time.
class Features {
 public:
  explicit Features(Element element) : runner_(element) {}

  // From here on, convolutions and norms compute with what these were before they were rounded.
  void use(ExactVectors exact) { exact_ = std::move(exact); }
  [[nodiscard]] at::Tensor exact(const at::Tensor& vector) const { return exact_.of(vector); }

  // From here on, maps that later ones cannot be computed with as they go are computed whole, at
  // once; where they are made of a sample, which must stay, its insides are what norms go by.
  void compute_at_once(const PictureSample* sample = nullptr);

  // From here on, nothing is computed: such maps are to pass by (row_stream.h), and those that are
  // normalized have these statistics. What needs more, or values, throws Error kModelInvalid.
  void compute_in_passing(Statistics statistics);

  // Those that norms met since compute_at_once().
  [[nodiscard]] const Statistics& statistics() const noexcept { return statistics_; }

  // What the maps below this one, which pass by, would take if they did not.
  [[nodiscard]] std::size_t bytes_when_whole(const MapPtr& map) const;

  // Writes a map of three channels; what passes by takes at most `memory` bytes where it can.
  void write(const MapPtr& map, std::size_t memory, const WriteRows& write);

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

  // Whether its values have more digits than the operators of this run would see.
  [[nodiscard]] bool is_finer(const FeatureMap& map) const {
    return element_of(map.shape, runner_.element()) != runner_.element();
  }

  // Whether it is a tensor of this run's numbers.
  [[nodiscard]] bool is_of_this_type(const at::Tensor& tensor) const;

  [[nodiscard]] at::ScalarType type() const { return type_of(runner_.element()); }
  MapMemory& memory() noexcept { return runner_.memory(); }

 private:
  template <typename MayStayOpen>
  MapPtr settle(const MapPtr& map, const MayStayOpen& may_stay_open);

  StripRunner runner_;
  ExactVectors exact_;
  bool is_passing_ = false;
  Statistics statistics_;
  std::size_t norms_ = 0;  // met while passing
  int passing_ = 0;        // maps
};

// Nothing for what is no map.
std::optional<MapShape> shape_of(const Slot& slot);

}  // namespace stylize::strips
