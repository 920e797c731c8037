#include "stylize/infer/precision.h"

#include <string>

#include "stylize/core/error.h"

namespace stylize {

std::string_view precision_name(Precision precision) {
  switch (precision) {
    case Precision::kFp32: return "fp32";
    case Precision::kBf16: return "bf16";
    case Precision::kFp16: return "fp16";
  }
  return "fp32";
}

PrecisionRequest parse_precision(std::string_view text) {
  if (text == "auto") return PrecisionRequest::kAuto;
  if (text == "fp32") return PrecisionRequest::kFp32;
  if (text == "bf16") return PrecisionRequest::kBf16;
  if (text == "fp16") return PrecisionRequest::kFp16;
  throw Error(ErrorCode::kUsage, "--precision " + std::string(text), "unknown precision",
              "choose auto, fp32, bf16 or fp16");
}

Precision resolve_precision(PrecisionRequest request, const Device& device,
                            const CpuFeatures& features) {
  switch (request) {
    case PrecisionRequest::kFp32: return Precision::kFp32;
    case PrecisionRequest::kBf16: return Precision::kBf16;
    case PrecisionRequest::kFp16:
      if (device.kind == DeviceKind::kCpu) {
        throw Error(ErrorCode::kUsage, "--precision fp16", "fp16 runs on GPUs only",
                    "use bf16 or fp32 on the CPU");
      }
      return Precision::kFp16;
    case PrecisionRequest::kAuto: break;
  }
  const bool has_matrix_units = device.kind == DeviceKind::kCuda || features.amx_bf16;
  return has_matrix_units ? Precision::kBf16 : Precision::kFp32;
}

}  // namespace stylize
