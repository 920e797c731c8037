// Faces and photos for the tests of alignment and pasting.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "stylize/face/face.h"

namespace stylize::test {

// Landmarks of an upright, symmetric face, `width` pixels from ear to ear, around `center`, turned
// by `degrees` clockwise.
Landmarks drawn_landmarks(cv::Point2d center, double width, double degrees = 0.0);

// A face of dlib's examples (../shared/data/faces_68): the boxes and points in training.xml and
// testing.xml, which its own detector and predictor found.
struct AnnotatedPhoto {
  std::string path;
  std::vector<Face> faces;
};
std::vector<AnnotatedPhoto> annotated_photos();

// Peak signal to noise ratio in dB, of 8-bit range, over the pixels where `mask` (CV_8UC1) is set.
double psnr(const cv::Mat& left, const cv::Mat& right, const cv::Mat& mask);

}  // namespace stylize::test
