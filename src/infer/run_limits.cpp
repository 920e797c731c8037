#include "stylize/infer/run_limits.h"

#include <cstdlib>
#include <string>

#include "stylize/core/error.h"

namespace stylize {

Tiling parse_tiling(std::string_view text) {
  if (text == "auto") return Tiling::kAuto;
  if (text == "off") return Tiling::kOff;
  if (text == "fast") return Tiling::kFast;
  throw Error(ErrorCode::kUsage, "--tile " + std::string(text), "is unknown",
              "choose auto, off or fast");
}

std::filesystem::path RunLimits::default_spill_folder() {
  const char* const wanted = std::getenv("TMPDIR");
  return wanted != nullptr && *wanted != '\0' ? wanted : "/var/tmp";
}

}  // namespace stylize
