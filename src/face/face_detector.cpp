// The only file that includes dlib, whose headers take long to compile. Never compile it with plain
// AVX (-mavx without AVX2): dlib's feature extraction then takes 2.5 times as long as with SSE2.
#include "stylize/face/face_detector.h"

#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <fstream>
#include <iterator>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>

#include "stylize/core/error.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxWorkSide = 3200;  // twice the long side up to which 40-pixel faces are found
constexpr double kMaxScale = 2.0;
constexpr int kMinWorkSide = 40;  // half the detector's window: no face fits into less

// Two boxes hold the same face when their landmarks differ by less than this part of the box.
constexpr double kSameFace = 0.2;

// dlib's generic image over a matrix's pixels; nothing is copied. The functions are found by name.
template <typename Pixel>
struct PixelView {
  const cv::Mat* pixels;
};
template <typename Pixel>
long num_rows(const PixelView<Pixel>& view) {
  return view.pixels->rows;
}
template <typename Pixel>
long num_columns(const PixelView<Pixel>& view) {
  return view.pixels->cols;
}
template <typename Pixel>
const void* image_data(const PixelView<Pixel>& view) {
  return view.pixels->data;
}
template <typename Pixel>
long width_step(const PixelView<Pixel>& view) {
  return static_cast<long>(view.pixels->step);
}
using RgbView = PixelView<dlib::rgb_pixel>;
using GreyView = PixelView<unsigned char>;

}  // namespace
}  // namespace stylize

namespace dlib {
template <typename Pixel>
struct image_traits<stylize::PixelView<Pixel>> {
  using pixel_type = Pixel;
};
template <typename Pixel>
struct image_traits<const stylize::PixelView<Pixel>> {
  using pixel_type = Pixel;
};
}  // namespace dlib

namespace stylize {
namespace {

std::shared_ptr<const dlib::shape_predictor> load_predictor(const fs::path& path) {
  constexpr const char* kRemedy = "apt install libdlib-data, or --landmarks FILE";
  const std::string subject = path.string();
  std::ifstream file(path, std::ios::binary);
  std::string magic(3, '\0');
  if (!file || !file.read(magic.data(), 3)) {
    throw Error(file.is_open() ? ErrorCode::kModelInvalid : ErrorCode::kModelMissing, subject,
                "cannot read the face landmark model", kRemedy);
  }
  if (magic == "BZh") {
    throw Error(ErrorCode::kModelInvalid, subject, "the face landmark model is still compressed",
                "bunzip2 it");
  }
  file.seekg(0);
  auto predictor = std::make_shared<dlib::shape_predictor>();
  try {
    dlib::deserialize(*predictor, file);
  } catch (
      const std::exception& failure) {  // also bad_alloc: sizes in a damaged file are arbitrary
    throw Error(
        ErrorCode::kModelInvalid, subject,
        "the face landmark model is damaged, or no such model: " + std::string(failure.what()),
        kRemedy);
  }
  if (predictor->num_parts() != kLandmarks) {
    throw Error(ErrorCode::kModelInvalid, subject,
                "the face landmark model has " + std::to_string(predictor->num_parts()) +
                    " points; 68 are needed",
                kRemedy);
  }
  return predictor;
}

// Grey: as many faces are found as in colour, in 20 % less time.
cv::Mat grey_for_detection(const cv::Mat& rgb8, double scale) {
  cv::Mat grey;
  cv::cvtColor(rgb8, grey, cv::COLOR_RGB2GRAY);
  const cv::Size size(std::max(1, static_cast<int>(std::lround(rgb8.cols * scale))),
                      std::max(1, static_cast<int>(std::lround(rgb8.rows * scale))));
  cv::Mat work;
  cv::resize(grey, work, size, 0, 0, scale < 1.0 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return work;
}

double mean_distance(const Landmarks& left, const Landmarks& right) {
  double sum = 0.0;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    sum += cv::norm(left[i] - right[i]);
  }
  return sum / static_cast<double>(kLandmarks);
}

// Keeps the more confident of two detections of one face, whose landmarks end up on the same
// points.
std::vector<Face> without_duplicates(std::vector<Face> faces) {
  std::sort(faces.begin(), faces.end(),
            [](const Face& left, const Face& right) { return left.confidence > right.confidence; });
  std::vector<Face> kept;
  for (const Face& face : faces) {
    const bool known = std::any_of(kept.begin(), kept.end(), [&face](const Face& other) {
      const double size = std::max(face.box.width, other.box.width);
      return mean_distance(face.landmarks, other.landmarks) < kSameFace * size;
    });
    if (!known) {
      kept.push_back(face);
    }
  }
  return kept;
}

// The pixels of the picture under a box of the resized one; dlib counts the last pixel in.
dlib::rectangle in_picture(const dlib::rectangle& box, cv::Point2d scale) {
  const auto edge = [](long at, double factor) {
    return std::lround(static_cast<double>(at) / factor);
  };
  return {edge(box.left(), scale.x), edge(box.top(), scale.y), edge(box.right() + 1, scale.x) - 1,
          edge(box.bottom() + 1, scale.y) - 1};
}

Face to_face(const dlib::full_object_detection& shape, double confidence) {
  const dlib::rectangle& box = shape.get_rect();
  Face face;
  face.box = cv::Rect2d(static_cast<double>(box.left()), static_cast<double>(box.top()),
                        static_cast<double>(box.width()), static_cast<double>(box.height()));
  face.confidence = confidence;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const dlib::point& part = shape.part(i);
    face.landmarks[i] = {static_cast<double>(part.x()), static_cast<double>(part.y())};
  }
  return face;
}

}  // namespace

struct FaceDetector::State {
  dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  std::shared_ptr<const dlib::shape_predictor> predictor;  // const use is thread safe
};

double detection_scale(cv::Size picture) {
  const int long_side = std::max({picture.width, picture.height, 1});
  return std::min(kMaxScale, static_cast<double>(kMaxWorkSide) / long_side);
}

FaceDetector::FaceDetector(const fs::path& landmarks_file) : state_(std::make_unique<State>()) {
  state_->predictor = load_predictor(landmarks_file);
}
FaceDetector::FaceDetector(const FaceDetector& other)
    : state_(std::make_unique<State>(*other.state_)) {}
FaceDetector& FaceDetector::operator=(const FaceDetector& other) {
  if (this != &other) {
    state_ = std::make_unique<State>(*other.state_);
  }
  return *this;
}
FaceDetector::FaceDetector(FaceDetector&& other) noexcept = default;
FaceDetector& FaceDetector::operator=(FaceDetector&& other) noexcept = default;
FaceDetector::~FaceDetector() = default;

std::vector<Face> FaceDetector::detect(const cv::Mat& rgb8) {
  if (rgb8.type() != CV_8UC3) {
    throw Error(ErrorCode::kInternal, "", "faces are looked for in 8-bit RGB pictures only");
  }
  const cv::Mat work = grey_for_detection(rgb8, detection_scale(rgb8.size()));
  if (std::min(work.cols, work.rows) < kMinWorkSide) {
    return {};
  }
  std::vector<dlib::rect_detection> detections;
  state_->detector(GreyView{&work}, detections);

  const cv::Point2d scale(static_cast<double>(work.cols) / rgb8.cols,
                          static_cast<double>(work.rows) / rgb8.rows);
  std::vector<Face> faces;
  faces.reserve(detections.size());
  for (const dlib::rect_detection& detection : detections) {
    const dlib::rectangle box = in_picture(detection.rect, scale);
    faces.push_back(
        to_face((*state_->predictor)(RgbView{&rgb8}, box), detection.detection_confidence));
  }
  faces = without_duplicates(std::move(faces));
  std::stable_sort(faces.begin(), faces.end(), [](const Face& left, const Face& right) {
    return left.box.area() > right.box.area();
  });
  return faces;
}

}  // namespace stylize
