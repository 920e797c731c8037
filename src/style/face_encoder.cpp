#include "face_encoder.h"

#include "face_tensors.h"
#include "stylize/core/error.h"
#include "stylize/style/file_hash.h"

namespace stylize {
namespace {

constexpr std::size_t kMostCodes = 512;  // 37 KB each

std::string key_of(const cv::Mat& crop) {
  const cv::Mat whole = crop.isContinuous() ? crop : crop.clone();
  return std::to_string(crop.cols) + "x" + std::to_string(crop.rows) + " " +
         sha256_of_bytes({whole.data, whole.total() * whole.elemSize()});
}

}  // namespace

FaceEncoder::FaceEncoder(const std::string& path, const Device& device, Precision precision)
    : network_(path, device, precision),
      rows_(network_.number("n_latent")),
      side_(static_cast<int>(network_.number("input_size"))),
      pools_(network_.number("pools") != 0) {}

FloatTensor FaceEncoder::encode(const cv::Mat& crop) {
  const std::string key = key_of(crop);
  if (const auto known = codes_.find(key); known != codes_.end()) {
    return known->second;
  }
  FloatTensor code =
      network_.call("forward", {to_tensor(pools_ ? crop : pil_bilinear(crop, side_))});
  if (code.shape.size() != 3 || code.shape[0] != 1 || code.shape[1] != rows_) {
    throw Error(ErrorCode::kModelInvalid, "the encoder", "does not return codes",
                "is it one that scripts/export_e4e.py or export_psp.py made?");
  }
  if (codes_.size() >= kMostCodes) {
    codes_.clear();
  }
  return codes_.emplace(key, std::move(code)).first->second;
}

}  // namespace stylize
