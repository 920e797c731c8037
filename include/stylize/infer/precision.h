// Number formats a network can run in.
#pragma once

#include <string_view>

#include "stylize/infer/cpu_features.h"
#include "stylize/infer/device.h"

namespace stylize {

enum class Precision { kFp32, kBf16, kFp16 };
enum class PrecisionRequest { kAuto, kFp32, kBf16, kFp16 };

std::string_view precision_name(Precision precision);

// "auto", "fp32", "bf16", "fp16"; throws Error kUsage otherwise.
PrecisionRequest parse_precision(std::string_view text);

// `auto` takes bf16 on CPUs with AMX and on GPUs, fp32 elsewhere: without matrix hardware bf16 is
// far slower than fp32. Nothing is measured. Throws Error kUsage for fp16 on the CPU, which
// LibTorch emulates slowly.
Precision resolve_precision(PrecisionRequest request, const Device& device,
                            const CpuFeatures& features);

}  // namespace stylize
