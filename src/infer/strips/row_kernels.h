// The inner loops over channels-last rows, one build of them for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stylize::strips {

// These structs have no constructors: the linker would keep one of them for all instruction sets.

// Mean and sum of squared deviations of what was added up so far.
struct Moments {
  double count;
  double mean;
  double squares;  // sum of (value - mean)^2
};

// a and b together (Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing
// sample variances, 1979).
Moments combine(const Moments& a, const Moments& b);

// Where bilinear sampling takes its two neighbours along one axis, and how much of the second.
struct Sample {
  std::int64_t first;
  std::int64_t second;
  float weight;  // of the second, 0..1
};

// Pixels, each with a number of its own that is added.
struct NoisyRow {
  std::size_t pixels;
  std::size_t channels;
  const float* scale;
  const float* shift;
  const float* noise;
  float slope;
};

// Values are of one type, float or bfloat16; sums are made in float. Pointers need no alignment.
struct RowKernels {
  // to = leaky(scale[c] * from + shift[c]), leaky(x) = x < 0 ? slope * x : x. May be in place.
  void (*activate)(const void* from, void* to, std::size_t pixels, std::size_t channels,
                   const float* scale, const float* shift, float slope);
  // to = leaky(scale[c] * from + shift[c] + noise[pixel]). May be in place.
  void (*activate_noisy)(const void* from, void* to, const NoisyRow& row);
  // values = min(max(value, low), high).
  void (*clamp)(void* values, std::size_t count, float low, float high);
  // to += from.
  void (*add)(const void* from, void* to, std::size_t values);
  // A row of `width` pixels between two rows, `below` of the second; columns as `columns` say,
  // which go from left to right.
  void (*resize)(const void* above, const void* underneath, float below, const Sample* columns,
                 void* to, std::size_t width, std::size_t channels);
  Moments (*moments)(const void* from, std::size_t values);
};

enum class Element : std::uint8_t { kFloat, kBfloat16 };

// Of both types.
struct RowKernelSet {
  RowKernels of_float;
  RowKernels of_bfloat16;
};

std::size_t size_of(Element element);

// The fastest that this processor can run. Thread safe.
const RowKernels& row_kernels(Element element);

}  // namespace stylize::strips
