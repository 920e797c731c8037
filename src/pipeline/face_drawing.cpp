#include "face_drawing.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

namespace stylize {
namespace {

constexpr int kFractionBits = 4;
constexpr int kUnit = 1 << kFractionBits;
const cv::Scalar kBoxColor(60, 220, 90);
const cv::Scalar kQuadColor(255, 200, 0);
const cv::Scalar kTopColor(255, 90, 60);
const cv::Scalar kPointColor(0, 230, 255);
const cv::Scalar kDark(0, 0, 0);

cv::Point fixed(const cv::Point2d& point) {
  return {cvRound(point.x * kUnit), cvRound(point.y * kUnit)};
}

void draw_line(cv::Mat& picture, const cv::Point2d& from, const cv::Point2d& to,
               const cv::Scalar& color, int thickness) {
  cv::line(picture, fixed(from), fixed(to), color, thickness, cv::LINE_AA, kFractionBits);
}

void draw_outline(cv::Mat& picture, const Quad& corners, const cv::Scalar& color, int thickness) {
  for (std::size_t i = 0; i < corners.size(); ++i) {
    draw_line(picture, corners[i], corners[(i + 1) % corners.size()], color, thickness);
  }
}

// A dark rim, so that the text can be read on anything.
void draw_number(cv::Mat& picture, const cv::Rect2d& box, const std::string& text, int thickness) {
  const double scale = std::max(0.4, box.width / 200.0);
  const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, thickness, nullptr);
  const int x = std::clamp(cvRound(box.x) + 2 * thickness, 0,
                           std::max(0, picture.cols - size.width - thickness));
  const int y = std::clamp(cvRound(box.y) + size.height + 3 * thickness, size.height,
                           std::max(size.height, picture.rows - thickness));
  cv::putText(picture, text, {x, y}, cv::FONT_HERSHEY_SIMPLEX, scale, kDark, 3 * thickness,
              cv::LINE_AA);
  cv::putText(picture, text, {x, y}, cv::FONT_HERSHEY_SIMPLEX, scale, kBoxColor, thickness,
              cv::LINE_AA);
}

void draw_face(cv::Mat& picture, const CropRecord& record, int number) {
  const cv::Rect2d& box = record.face.box;
  const int thickness = std::clamp(cvRound(box.width / 120.0), 1, 40);
  const cv::Point2d right(box.width, 0.0);
  const cv::Point2d down(0.0, box.height);
  draw_outline(picture, {box.tl(), box.tl() + down, box.br(), box.tl() + right}, kBoxColor,
               thickness);
  draw_outline(picture, record.quad, kQuadColor, thickness);
  draw_line(picture, record.quad[0], record.quad[3], kTopColor, thickness);  // which side is up
  const double radius = std::max(1.0, box.width / 90.0);
  for (const cv::Point2d& point : record.face.landmarks) {
    cv::circle(picture, fixed(point), cvRound((radius + 0.6) * kUnit), kDark, cv::FILLED,
               cv::LINE_AA, kFractionBits);
    cv::circle(picture, fixed(point), cvRound(radius * kUnit), kPointColor, cv::FILLED, cv::LINE_AA,
               kFractionBits);
  }
  draw_number(picture, box, std::to_string(number), thickness);
}

}  // namespace

cv::Mat draw_faces(const cv::Mat& rgb8, const FaceRecord& record) {
  cv::Mat picture = rgb8.clone();
  int number = 0;
  for (const CropRecord& face : record.faces) {
    draw_face(picture, face, ++number);
  }
  return picture;
}

}  // namespace stylize
