#include "face_encoder.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "face_tensors.h"
#include "stylize/core/error.h"
#include "stylize/face/pil_resample.h"
#include "stylize/style/file_hash.h"

namespace stylize {
namespace {

constexpr std::size_t kMostCodes = 512;  // 37 KB each
constexpr std::int64_t kCodeWidth = 512;

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

// Codes of the crops that are new among these.
void FaceEncoder::learn(const std::vector<std::string>& keys, const std::vector<cv::Mat>& crops) {
  std::map<std::string, std::size_t> places;
  std::vector<cv::Mat> unknown;
  for (std::size_t i = 0; i < crops.size(); ++i) {
    if (!codes_.contains(keys[i]) && places.emplace(keys[i], unknown.size()).second) {
      unknown.push_back(pools_ ? crops[i] : pil_bilinear(crops[i], side_));
    }
  }
  if (unknown.empty()) {
    return;
  }
  const FloatTensor codes = network_.call("forward", {to_tensor(unknown)});
  if (codes.shape != std::vector<std::int64_t>{std::ssize(unknown), rows_, kCodeWidth}) {
    throw Error(ErrorCode::kModelInvalid, "the encoder", "does not return codes",
                "is it one that scripts/export_e4e.py or export_psp.py made?");
  }
  const auto size = std::ssize(codes.values) / std::ssize(unknown);
  for (const auto& [key, place] : places) {
    const auto first = codes.values.begin() + static_cast<std::ptrdiff_t>(place) * size;
    codes_.emplace(key, Code(first, first + size));
  }
}

FloatTensor FaceEncoder::encode(const std::vector<cv::Mat>& crops) {
  std::vector<std::string> keys;
  std::transform(crops.begin(), crops.end(), std::back_inserter(keys), key_of);
  if (codes_.size() + crops.size() > kMostCodes) {
    codes_.clear();
  }
  learn(keys, crops);
  FloatTensor codes{{std::ssize(crops), rows_, kCodeWidth}, {}};
  for (const std::string& key : keys) {
    const Code& code = codes_.at(key);
    codes.values.insert(codes.values.end(), code.begin(), code.end());
  }
  return codes;
}

}  // namespace stylize
