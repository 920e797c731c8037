// Faces to codes of StyleGAN2: e4e and pSp.
#pragma once

#include <map>
#include <string>

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

  // W+ [1,rows,512] of an aligned face, CV_8UC3. A network that does not reduce its input itself
  // gets it reduced as Pillow does it. Throws what TensorNetwork::call throws.
  FloatTensor encode(const cv::Mat& crop);

 private:
  TensorNetwork network_;
  std::int64_t rows_ = 0;
  int side_ = 0;
  bool pools_ = false;                        // takes any size
  std::map<std::string, FloatTensor> codes_;  // by the crop's hash
};

}  // namespace stylize
