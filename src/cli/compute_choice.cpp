#include "compute_choice.h"

#include <spdlog/fmt/fmt.h>

#include "stylize/core/log.h"
#include "stylize/infer/cpu_features.h"
#include "stylize/media/image_io.h"

namespace stylize::cli {

ComputeChoice choose_compute(const ComputeRequest& request) {
  ComputeChoice choice;
  const PrecisionRequest precision = parse_precision(request.precision);
  const CpuFeatures features = detect_cpu_features();
  choice.device = resolve_device(parse_device(request.device));
  choice.precision = resolve_precision(precision, choice.device, features);
  choice.threads = set_compute_threads(request.threads);
  set_media_threads(choice.threads);
  const std::string why =
      choice.device.reason.empty() ? std::string() : " (" + choice.device.reason + ")";
  log_info(fmt::format("running on {}{} in {}, {} threads", choice.device.name(), why,
                       precision_name(choice.precision), choice.threads));
  log_debug("processor: " + describe(features));
  const bool has_bf16 = features.amx_bf16 || features.avx512_bf16;
  if (choice.device.kind == DeviceKind::kCpu && choice.precision == Precision::kBf16 && !has_bf16) {
    log_warning("this processor only emulates bf16, many times slower than fp32");
  }
  return choice;
}

}  // namespace stylize::cli
