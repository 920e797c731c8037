#include "faces.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <regex>

#include "temp_dir.h"

namespace stylize::test {
namespace {

// In units of the face's width; the middle between the ears is 0,0.
Landmarks template_landmarks() {
  Landmarks points;
  for (std::size_t i = 0; i < 17; ++i) {  // half an ellipse from ear to ear
    const double angle = CV_PI * static_cast<double>(i) / 16.0;
    points[i] = {-0.5 * std::cos(angle), 0.72 * std::sin(angle)};
  }
  for (std::size_t i = 0; i < 5; ++i) {
    const auto step = static_cast<double>(i) / 4.0;
    points[17 + i] = {-0.4 + 0.3 * step, -0.1 - 0.05 * std::sin(CV_PI * step)};
    points[22 + i] = {0.1 + 0.3 * step, -0.1 - 0.05 * std::sin(CV_PI * step)};
  }
  for (std::size_t i = 0; i < 4; ++i) points[27 + i] = {0.0, 0.1 * static_cast<double>(i)};
  for (std::size_t i = 0; i < 5; ++i) points[31 + i] = {-0.1 + 0.05 * static_cast<double>(i), 0.35};
  for (std::size_t i = 0; i < 6; ++i) {
    const double angle = 2.0 * CV_PI * static_cast<double>(i) / 6.0;
    const cv::Point2d around(-0.07 * std::cos(angle), -0.03 * std::sin(angle));
    points[36 + i] = cv::Point2d(-0.22, 0.02) + around;
    points[42 + i] = cv::Point2d(0.22, 0.02) + around;
  }
  for (std::size_t i = 0; i < 20; ++i) {  // outer lips from the left corner (48), then inner ones
    const bool outer = i < 12;
    const double angle =
        2.0 * CV_PI * (outer ? static_cast<double>(i) / 12.0 : static_cast<double>(i - 12) / 8.0);
    const double scale = outer ? 1.0 : 0.7;
    points[48 + i] = {-0.18 * scale * std::cos(angle), 0.48 - 0.06 * scale * std::sin(angle)};
  }
  return points;
}

std::string attribute(const std::string& text, const std::string& name) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(" " + name + "='([^']*)'")) ? found[1].str()
                                                                               : "";
}

double number(const std::string& text, const std::string& name) {
  return std::stod(attribute(text, name));
}

std::vector<std::string> elements(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
    found.push_back(at->str());
  }
  return found;
}

Face read_face(const std::string& box) {
  Face face;
  face.box = {number(box, "left"), number(box, "top"), number(box, "width"), number(box, "height")};
  for (const std::string& part : elements(box, std::regex("<part [^>]*>"))) {
    face.landmarks.at(std::stoul(attribute(part, "name"))) = {number(part, "x"), number(part, "y")};
  }
  return face;
}

// The text between `open` and `close` from `at` on, both included; empty when there is none.
std::string next_element(const std::string& text, const std::string& open, const std::string& close,
                         std::size_t& at) {
  const std::size_t begin = text.find(open, at);
  const std::size_t end = begin == std::string::npos ? begin : text.find(close, begin);
  if (end == std::string::npos) {
    return {};
  }
  at = end + close.size();
  return text.substr(begin, at - begin);
}

}  // namespace

Landmarks drawn_landmarks(cv::Point2d center, double width, double degrees) {
  const double angle = degrees * CV_PI / 180.0;
  Landmarks points = template_landmarks();
  for (cv::Point2d& point : points) {
    const cv::Point2d scaled = point * width;
    point = center + cv::Point2d(scaled.x * std::cos(angle) - scaled.y * std::sin(angle),
                                 scaled.x * std::sin(angle) + scaled.y * std::cos(angle));
  }
  return points;
}

std::vector<AnnotatedPhoto> annotated_photos() {
  const std::string folder = STYLIZE_SHARED_DIR "/data/faces_68/";
  std::vector<AnnotatedPhoto> photos;
  for (const std::string name : {"training.xml", "testing.xml"}) {
    const std::string text = read_file(folder + name);
    std::size_t at = 0;
    for (std::string image; !(image = next_element(text, "<image ", "</image>", at)).empty();) {
      AnnotatedPhoto photo{folder + attribute(image, "file"), {}};
      std::size_t inside = 0;
      for (std::string box; !(box = next_element(image, "<box ", "</box>", inside)).empty();) {
        photo.faces.push_back(read_face(box));
      }
      photos.push_back(photo);
    }
  }
  return photos;
}

double psnr(const cv::Mat& left, const cv::Mat& right, const cv::Mat& mask) {
  double squares = 0.0;
  std::size_t count = 0;
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      if (mask.at<std::uint8_t>(y, x) != 0) {
        const cv::Vec3i difference =
            cv::Vec3i(left.at<cv::Vec3b>(y, x)) - cv::Vec3i(right.at<cv::Vec3b>(y, x));
        squares += difference.dot(difference);
        count += 3;
      }
    }
  }
  return squares == 0.0 ? std::numeric_limits<double>::infinity()
                        : 10.0 * std::log10(255.0 * 255.0 * static_cast<double>(count) / squares);
}

}  // namespace stylize::test
