// A small picture with the statistics of a large one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "feature_map.h"
#include "row_needs.h"

namespace stylize::strips {

// Squares of a picture that are spread evenly over it, side by side in one of their own: what they
// show is as large as in the picture itself, as it would not be in a smaller copy. Many small ones
// know a picture better than few large ones.
struct PictureSample {
  MapPtr squares;  // stored
  std::int64_t pitch = 0;
  std::int64_t margin = 0;  // of each square: what its neighbours spoil, which does not count

  // Of rows of a map that the network makes of the squares, which begin at `values`: of the
  // insides.
  [[nodiscard]] Moments moments(const MapShape& map, RowRange rows, const std::byte* values,
                                Element element) const;
};

// Whether a picture is so large that a sample of it is much smaller.
bool is_worth_a_sample(const MapShape& shape);

// `picture` is Given; what comes out is stored, about two megapixels of it.
PictureSample sample_of(const MapPtr& picture);

}  // namespace stylize::strips
