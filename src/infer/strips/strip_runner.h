// Feature maps strip by strip: what a strip needs is computed in the caches of one core and stored
// while its statistics are taken; threads take strips.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "convolution.h"
#include "feature_map.h"
#include "map_memory.h"
#include "picture_sample.h"
#include "row_reader.h"
#include "workers.h"

namespace stylize::strips {

struct Evaluated {
  MapPtr map;         // stored
  Moments moments{};  // of all its values, where they were asked for
};

// One run at a time: keeps scratch memory and weights in oneDNN's order from run to run.
class StripRunner {
 public:
  explicit StripRunner(Element element) : element_(element), convolutions_(element) {}

  // All of a map. Throws std::bad_alloc, c10::Error where oneDNN refuses, and what MapMemory::make
  // throws.
  Evaluated evaluate(const FeatureMap& map, bool with_moments);

  // From here on, moments are those of a sample's insides; null: of all values.
  void take_moments_of(const PictureSample* sample) noexcept { sample_ = sample; }

  // Some rows, to `to`, one behind the other.
  void make_rows(const FeatureMap& map, RowRange rows, std::byte* to);

  // Some rows of a map of three channels, strip by strip.
  void write(const FeatureMap& map, RowRange rows, const WriteRows& write);

  // Of a stored map.
  Moments moments_of(const FeatureMap& stored);

  // Whether this map may be made along with what a convolution makes of it: strips are high enough
  // for the few rows that are made twice, and each row is the same whatever others are made with
  // it.
  [[nodiscard]] bool may_make_in_passing(const FeatureMap& map, const Convolution& reader) const;

  [[nodiscard]] Element element() const noexcept { return element_; }
  MapMemory& memory() noexcept { return memory_; }

 private:
  // Rows of a map that become of interest together.
  struct Work {
    const FeatureMap& map;
    RowRange rows;
  };

  template <typename MakeStrip>
  Moments run_strips(const Work& work, const MakeStrip& make_strip);
  void count_work(std::size_t bytes);
  [[nodiscard]] Moments moments_of_rows(const MapShape& shape, RowRange rows,
                                        const std::byte* values) const;

  [[nodiscard]] bool makes_rows_alone(const FeatureMap& map) const;

  Element element_;
  MapMemory memory_;
  ConvolutionRunner convolutions_;
  const PictureSample* sample_ = nullptr;
  Workers workers_;
  std::atomic<std::size_t> worked_on_ = 0;  // bytes since memory was let go
};

}  // namespace stylize::strips
