// Feature maps strip by strip: what a strip needs is computed in the caches of one core and stored
// while its statistics are taken; threads take strips.
#pragma once

#include <cstdint>
#include <vector>

#include "convolution.h"
#include "feature_map.h"
#include "map_memory.h"
#include "row_reader.h"

namespace stylize::strips {

struct Evaluated {
  MapPtr map;         // stored
  Moments moments{};  // of all its values, where they were asked for
};

// One run at a time: keeps scratch memory and weights in oneDNN's order from run to run.
class StripRunner {
 public:
  explicit StripRunner(Element element) : element_(element), convolutions_(element) {}

  // All of a map. Throws std::bad_alloc, and c10::Error where oneDNN refuses.
  Evaluated evaluate(const FeatureMap& map, bool with_moments);

  // Of a stored map.
  Moments moments_of(const FeatureMap& stored);

  [[nodiscard]] Element element() const noexcept { return element_; }

 private:
  template <typename MakeStrip>
  Moments run_strips(const MapShape& shape, std::int64_t rows, const MakeStrip& make_strip);

  Element element_;
  MapMemory memory_;
  ConvolutionRunner convolutions_;
  std::vector<Scratch> scratch_;  // of each thread
};

}  // namespace stylize::strips
