#include "stylize/style/model_check.h"

#include <string>
#include <vector>

#include "stylize/face/face_detector.h"
#include "stylize/infer/tensor_network.h"
#include "stylize/style/frame_style.h"

namespace stylize {
namespace {

constexpr std::int64_t kCodeWidth = 512;    // of z and w (StyleGAN2)
constexpr std::int64_t kEncoderSide = 256;  // pixels that e4e and pSp take

FloatTensor filled(std::vector<std::int64_t> shape, float value) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) {
    count *= static_cast<std::size_t>(side);
  }
  return {std::move(shape), std::vector<float>(count, value)};
}

}  // namespace

void check_model(const RegisteredStyle& style, const Device& device, Precision precision) {
  const std::string& family = style.manifest.family;
  const std::string path = style.model_path.string();
  if (family == "stylegan2" || family == "blendgan") {
    verify_model_file(style);
    TensorNetwork(path, device, precision).call("mapping", {filled({1, kCodeWidth}, 0.5F)});
  } else if (family == "encoder") {
    verify_model_file(style);
    TensorNetwork(path, device, precision)
        .call("forward", {filled({1, 3, kEncoderSide, kEncoderSide}, 0.0F)});
  } else if (family == "landmarks") {
    if (!style.manifest.sha256.empty()) {  // Debian's package has none of ours, and its own checks
      verify_model_file(style);
    }
    static_cast<void>(FaceDetector(style.model_path));
  } else {
    FrameStyle(style, device, precision).self_test();
  }
}

}  // namespace stylize
