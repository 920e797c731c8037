// What a network computes, as far as it is not computed yet: maps of features over a picture, which
// say how their rows come about.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "convolution.h"
#include "row_kernels.h"
#include "stylize/infer/picture_rows.h"

namespace stylize::strips {

struct FeatureMap;
using MapPtr = std::shared_ptr<const FeatureMap>;

// In memory: [1, channels, height, width], channels-last.
struct Stored {
  at::Tensor values;
};

// A picture that somebody else has, and gives row by row.
struct Given {
  ReadRows read;
};

// Rows that were computed, of which only those are in memory that are needed yet; the rows of a
// picture go by from top to bottom.
struct RowWindow {
  at::Tensor memory;
  std::int64_t first = 0;  // row that is in memory
  std::int64_t last = 0;   // one behind
};

struct Streamed {
  MapPtr source;
  std::shared_ptr<RowWindow> window;
};

// Each value by itself.
struct Pointwise {
  MapPtr source;
  std::function<at::Tensor(const at::Tensor&)> of;  // of any part of the map
};

// leaky(scale[c] * x + shift[c]): a norm whose statistics are known, an activation (scales 1,
// shifts 0), or both.
struct Activated {
  MapPtr source;
  std::vector<float> scale;
  std::vector<float> shift;
  float slope = 1.0F;
};

// min(max(x, low), high)
struct Clamped {
  MapPtr source;
  float low;
  float high;
};

// Residual connection.
struct Added {
  MapPtr first;
  MapPtr second;
};

// Bilinear. One step of the result is so many of the source; with aligned corners the first and
// last samples of both coincide.
struct Resized {
  MapPtr source;
  double step_down = 1.0;
  double step_right = 1.0;
  bool aligned_corners = false;
};

enum class PadMode : std::uint8_t { kZeros, kReflect, kReplicate };

struct Padded {
  MapPtr source;
  PadMode mode = PadMode::kZeros;
  std::int64_t top = 0;
  std::int64_t bottom = 0;
  std::int64_t left = 0;
  std::int64_t right = 0;
};

struct Convolved {
  MapPtr padded;
  Convolution convolution;
};

struct FeatureMap {
  MapShape shape;
  int depth = 0;  // of maps below each other that are not stored
  std::variant<Stored, Given, Streamed, Pointwise, Activated, Clamped, Added, Resized, Padded,
               Convolved>
      how;
};

// Shapes must fit. Without scale and shift (both empty): the activation alone.
MapPtr make_stored(at::Tensor values);
MapPtr make_given(MapShape shape, ReadRows read);
MapPtr make_streamed(MapPtr source);
MapPtr make_pointwise(MapPtr source, std::function<at::Tensor(const at::Tensor&)> of);
MapPtr make_activated(MapPtr source, std::vector<float> scale, std::vector<float> shift,
                      float slope);
MapPtr make_clamped(MapPtr source, float low, float high);
MapPtr make_added(MapPtr first, MapPtr second);
MapPtr make_resized(MapPtr source, std::int64_t height, std::int64_t width, bool aligned_corners,
                    std::optional<double> step_down, std::optional<double> step_right);
MapPtr make_padded(Padded padded);
MapPtr make_convolved(Convolved convolved);

// The tensor of a stored map, else null.
const at::Tensor* stored_values(const FeatureMap& map);

// Where row or column `index` of a resized axis samples one of `length` (ATen: area_pixel_compute_
// source_index of UpSample.h).
Sample sample_at(std::int64_t index, std::int64_t length, double step, bool aligned_corners);

// The source's row or column that stands at `index` of a padded axis, counted from the source's
// first; -1 for zeros.
std::int64_t source_index(std::int64_t index, std::int64_t length, PadMode mode);

}  // namespace stylize::strips
