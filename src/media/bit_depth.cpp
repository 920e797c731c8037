#include "stylize/media/bit_depth.h"

namespace stylize {

cv::Mat to_8_bit(const cv::Mat& picture) {
  if (picture.depth() == CV_8U) {
    return picture;
  }
  cv::Mat bytes;
  picture.convertTo(bytes, CV_8U, 255.0 / 65535.0);
  return bytes;
}

}  // namespace stylize
