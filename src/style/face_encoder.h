// Faces to codes of StyleGAN2: e4e and pSp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "stylize/infer/tensor_network.h"

namespace stylize {

// An encoder (scripts/export_e4e.py, export_psp.py) that remembers the codes of the faces it has
// seen. One call at a time.
class FaceEncoder {
 public:
  // Throws Error kModelMissing or kModelInvalid.
  FaceEncoder(const std::string& path, const Device& device, Precision precision);

  // Rows of W+ that it gives.
  [[nodiscard]] std::int64_t rows() const { return rows_; }

  // W+ [N,rows,512] of aligned faces of one size, CV_8UC3: those that it has not seen go through
  // the network together. A network that does not reduce its input itself gets it reduced as Pillow
  // does it. Throws what TensorNetwork::call throws.
  FloatTensor encode(const std::vector<cv::Mat>& crops);

 private:
  using Code = std::vector<float>;  // [rows,512]
  void learn(const std::vector<std::string>& keys, const std::vector<cv::Mat>& crops);

  TensorNetwork network_;
  std::int64_t rows_ = 0;
  int side_ = 0;
  bool pools_ = false;                 // takes any size
  std::map<std::string, Code> codes_;  // by the crop's hash
};

}  // namespace stylize
