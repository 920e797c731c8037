// What a network computes, as far as it is not computed yet: maps of features over a picture, which
// say how their rows come about.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "convolution.h"
#include "row_kernels.h"

namespace stylize::strips {

struct FeatureMap;
using MapPtr = std::shared_ptr<const FeatureMap>;

// In memory: [1, channels, height, width], channels-last.
struct Stored {
  at::Tensor values;
};

// leaky(scale[c] * x + shift[c]): a norm whose statistics are known, an activation (scales 1,
// shifts 0), or both.
struct Activated {
  MapPtr source;
  std::vector<float> scale;
  std::vector<float> shift;
  float slope = 1.0F;
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
  std::variant<Stored, Activated, Added, Resized, Padded, Convolved> how;
};

// Shapes must fit. Without scale and shift (both empty): the activation alone.
MapPtr make_stored(at::Tensor values);
MapPtr make_activated(MapPtr source, std::vector<float> scale, std::vector<float> shift,
                      float slope);
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

}  // namespace stylize::strips
