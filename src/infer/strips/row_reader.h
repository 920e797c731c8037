// Rows of a feature map, computed where they are needed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "feature_map.h"
#include "row_kernels.h"
#include "row_needs.h"
#include "scratch.h"

namespace stylize::strips {

// What reading needs besides a map. Convolutions are computed along the way, with those rows above
// and below that they see.
struct RowTools {
  Element element;
  ConvolutionRunner& convolutions;
  Scratch& scratch;  // of this thread
};

// Writes `rows` of `map` to `to`, one behind the other; `stride` bytes from row to row, at least a
// row's size. Convolutions below that read what others make are computed a few rows at a time, and
// what the next ones see again is kept: the more are read, the fewer are made twice. Maps may be
// read by several threads. Throws c10::Error, std::bad_alloc.
void read_rows(const FeatureMap& map, RowRange rows, const RowTools& tools, std::byte* to,
               std::size_t stride);

// Convolutions that are computed as the map is read.
std::int64_t open_convolutions(const FeatureMap& map);

// Whether reading keeps rows.
bool keeps_rows(const FeatureMap& map);

// Bytes of the widest map that a row of this one passes through on its way from memory.
std::size_t widest_row(const FeatureMap& map, Element element);

// Bytes of one row, in a run on `element`.
std::size_t row_bytes(const MapShape& shape, Element element);

}  // namespace stylize::strips
