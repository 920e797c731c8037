// Which rows of other maps the rows of a map are made from.
#pragma once

#include <cstdint>
#include <functional>

#include "feature_map.h"

namespace stylize::strips {

// Consecutive rows, the first of which is the map's row `first`.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t last = 0;  // one behind

  [[nodiscard]] std::int64_t count() const { return last - first; }
};

// Of the padded map.
RowRange rows_seen(const Convolution& convolution, RowRange rows);
// Of its source.
RowRange rows_seen(const Resized& resized, RowRange rows);
RowRange rows_seen(const Padded& padded, RowRange rows);  // may be none

// Calls `use` with each map that this one reads, and the rows of it that `rows` are made from.
void for_each_source(const FeatureMap& map, RowRange rows,
                     const std::function<void(const FeatureMap&, RowRange)>& use);

}  // namespace stylize::strips
