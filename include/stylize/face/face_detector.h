// Finds faces and their landmarks.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include <opencv2/core.hpp>

#include "stylize/face/face.h"

namespace stylize {

// By how much the detector resizes a picture before it looks: its window is 75 to 80 pixels wide,
// so doubling finds faces from 40 pixels on. Past a long side of 1600 pixels the scale falls with
// the size, so that time stays bounded and faces are found from 2.5 % of the long side on. 0 <
// scale <= 2.
double detection_scale(cv::Size picture);

// dlib's frontal detector (histograms of oriented gradients, five views; Dalal and Triggs 2005,
// King 2015) and its 68-point predictor (regression trees; Kazemi and Sullivan 2014). Finds faces
// that look more or less at the camera and are turned in the plane by up to about 30 degrees.
//
// detect() is not thread safe: every thread has its own copy. Copies share the landmark model
// (about 100 MB), so that they cost little.
class FaceDetector {
 public:
  // Reads the landmark model: 0.5 s. Throws Error kModelMissing when the file cannot be opened,
  // kModelInvalid when it is damaged, compressed or has another number of points.
  explicit FaceDetector(const std::filesystem::path& landmarks_file);
  FaceDetector(const FaceDetector& other);
  FaceDetector& operator=(const FaceDetector& other);
  FaceDetector(FaceDetector&& other) noexcept;
  FaceDetector& operator=(FaceDetector&& other) noexcept;
  ~FaceDetector();

  // All faces of a CV_8UC3 RGB picture of any size, the largest box first, each face once.
  [[nodiscard]] std::vector<Face> detect(const cv::Mat& rgb8);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stylize
