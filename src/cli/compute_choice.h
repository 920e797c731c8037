// From --device, --precision and --threads to what is used.
#pragma once

#include "shared_options.h"
#include "stylize/infer/device.h"
#include "stylize/infer/precision.h"

namespace stylize::cli {

struct ComputeChoice {
  Device device;
  Precision precision = Precision::kFp32;
  int threads = 1;
};

// Resolves what was asked for, sets the number of threads for networks and pictures, and says what
// was taken. Throws Error kUsage, kDeviceUnavailable.
ComputeChoice choose_compute(const ComputeRequest& request);

}  // namespace stylize::cli
