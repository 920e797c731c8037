// How fast a style's network runs, and what it takes.
#pragma once

#include <cstddef>
#include <functional>

#include "stylize/infer/device.h"
#include "stylize/infer/precision.h"
#include "stylize/style/registry.h"

namespace stylize {

struct BenchmarkSettings {
  int width = 512;
  int height = 512;
  int batch = 1;
  int runs = 10;              // after the first, which is counted apart
  double max_seconds = 20.0;  // no further run is begun after this; at least three are made
};

struct BenchmarkResult {
  double load_ms = 0.0;   // file to network, its check included
  double first_ms = 0.0;  // the first run, with all that happens once
  double median_ms = 0.0;
  double p95_ms = 0.0;
  double images_per_second = 0.0;  // at the median
  int runs = 0;                    // that were measured
  std::size_t peak_bytes = 0;      // of the process; on a GPU, of its tensors
};

// Runs the network, pixels as floats in and out, without the reading and writing of files. Sides
// are extended to what the network takes, as for a picture. The peak is of the whole process:
// measure in a fresh one. Throws what FrameNetwork and verify_model_file throw.
BenchmarkResult benchmark_style(const RegisteredStyle& style, const Device& device,
                                Precision precision, const BenchmarkSettings& settings);

}  // namespace stylize
