#include <catch2/catch.hpp>
#include <optional>

#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/style/frame_style.h"

using namespace stylize;
using namespace stylize::test;

namespace {

std::optional<Device> gpu() {
  try {
    return resolve_device(parse_device("cuda"));
  } catch (const Error& error) {
    WARN("skipped: " << error.what());
    return std::nullopt;
  }
}

cv::Mat styled(const Device& device, Precision precision) {
  FrameStyle style(STYLIZE_SOURCE_DIR "/models/cel.pt", device, precision);
  return style.apply(colorful(321, 207));
}

}  // namespace

TEST_CASE("a GPU draws what the CPU draws", "[cuda]") {
  const std::optional<Device> device = gpu();
  if (!device) {
    return;
  }
  const cv::Mat reference = styled({DeviceKind::kCpu, 0, {}}, Precision::kFp32);
  CHECK(max_difference(styled(*device, Precision::kFp32), reference) <= 1.0);
  CHECK(mean_difference(styled(*device, Precision::kBf16), reference) <= 0.5);
  CHECK(mean_difference(styled(*device, Precision::kFp16), reference) <= 0.1);
}
