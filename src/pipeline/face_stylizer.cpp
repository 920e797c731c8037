#include "stylize/pipeline/face_stylizer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "face_tracker.h"
#include "max_size.h"
#include "style_memory.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/face/paste_back.h"
#include "stylize/media/bit_depth.h"
#include "stylize/media/color_management.h"
#include "stylize/media/resample.h"
#include "stylize/pipeline/blend.h"

namespace stylize {
namespace {

// Below this many drawn pixels for one of the photo a face looks softer than what is around it.
constexpr double kSharpEnough = 0.7;
constexpr int kNoTrack = -1;
constexpr double kDepthFactor = 65535.0 / 255.0;

double quad_side(const Face& face, AlignmentVariant variant) {
  const Quad quad = face_quad(face.landmarks, variant);
  const cv::Point2d top = quad[3] - quad[0];
  return std::hypot(top.x, top.y);
}

// What anchors were, null ones as empty; for a run that has to be repeated.
std::vector<FaceAnchor> copies(FaceAnchors anchors) {
  std::vector<FaceAnchor> result;
  result.reserve(anchors.size());
  for (const FaceAnchor* anchor : anchors) {
    result.push_back(anchor == nullptr ? FaceAnchor() : *anchor);
  }
  return result;
}

void put_back(const std::vector<FaceAnchor>& before, FaceAnchors anchors) {
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    if (anchors[i] != nullptr) {
      *anchors[i] = before[i];
    }
  }
}

// Detectors serve one thread each; those that are not at work wait here.
class DetectorPool {
 public:
  explicit DetectorPool(FaceDetector detector) : original_(std::move(detector)) {}

  std::vector<Face> detect(const cv::Mat& rgb8) {
    FaceDetector detector = take();
    std::vector<Face> faces = detector.detect(rgb8);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(detector));
    return faces;
  }

 private:
  FaceDetector take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      return original_;
    }
    FaceDetector detector = std::move(idle_.back());
    idle_.pop_back();
    return detector;
  }

  std::mutex mutex_;
  FaceDetector original_;
  std::vector<FaceDetector> idle_;
};

}  // namespace

// A face and how much of it is drawn.
struct FaceStylizer::Drawable {
  Face face;
  double opacity = 1.0;
  int track = kNoTrack;
};

struct FaceStylizer::Photo : Work {
  explicit Photo(Image input)
      : image(std::move(input)),
        converter(image.icc),
        srgb8(to_8_bit(converter.to_srgb(image.rgb))) {}

  Image image;
  ColorConverter converter;
  cv::Mat srgb8;                // what faces are looked for in and cut out of
  std::vector<Drawable> faces;  // the largest first
  nlohmann::json tracks;        // the tracker's memory, once it has seen the picture
  double detect_ms = 0.0;
  cv::Mat pasted;                  // with paste: the picture with the faces drawn so far
  std::vector<cv::Mat> originals;  // without: the crops
  std::vector<cv::Mat> styled;
};

// One face of one picture.
struct FaceStylizer::Place {
  Photo* photo;
  Drawable face;
};

// One face, in the picture's colour space; both CV_8UC3 and of the network's size.
struct FaceStylizer::Drawn {
  cv::Mat styled;
  cv::Mat original;
  CropTransform transform;  // of that size
};

FindFaces shared_detector(FaceDetector detector) {
  const auto pool = std::make_shared<DetectorPool>(std::move(detector));
  return [pool](const cv::Mat& rgb8) { return pool->detect(rgb8); };
}

FaceStylizer::FaceStylizer(std::unique_ptr<FaceStyle> style, FindFaces find_faces,
                           FaceOptions options)
    : style_(std::move(style)),
      find_faces_(std::move(find_faces)),
      options_(options),
      batch_(static_cast<std::size_t>(style_->batch())),
      tracker_(options.tracks ? std::make_unique<FaceTracker>() : nullptr) {}

FaceStylizer::~FaceStylizer() = default;

// --- before the network ---

std::unique_ptr<Stylizer::Work> FaceStylizer::prepare(Image image) const {
  auto photo = std::make_unique<Photo>(std::move(image));
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Face> found = find_faces_(photo->srgb8);
  if (tracker_ != nullptr) {
    for (const FaceTrack& track : tracker_->follow(photo->srgb8, found)) {
      photo->faces.push_back({track.face, track.opacity, track.id});
    }
    photo->tracks = tracker_->memory();
  } else {
    for (const Face& face : found) {
      photo->faces.push_back({face});
    }
  }
  photo->detect_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (options_.most_faces && photo->faces.size() > static_cast<std::size_t>(*options_.most_faces)) {
    photo->faces.resize(static_cast<std::size_t>(*options_.most_faces));
  }
  return photo;
}

bool FaceStylizer::has_faces(const Work& work) {
  return !static_cast<const Photo&>(work).faces.empty();
}

Image FaceStylizer::image_of(const Work& work) { return static_cast<const Photo&>(work).image; }

bool FaceStylizer::fit_together(const Work& left, const Work& right) const {
  // A style that moves is at one place in a run.
  return has_faces(left) && has_faces(right) && left.position == right.position;
}

// --- the network ---

// The style's answer to all crops, from as many runs as memory asks for.
std::vector<cv::Mat> FaceStylizer::apply(const std::vector<cv::Mat>& crops, FaceAnchors anchors) {
  std::vector<cv::Mat> styled;
  while (styled.size() < crops.size()) {
    const auto first = crops.begin() + std::ssize(styled);
    const std::size_t count = std::min(batch_, crops.size() - styled.size());
    const FaceAnchors group = anchors.subspan(styled.size(), count);
    const std::vector<FaceAnchor> before = copies(group);
    try {
      for (cv::Mat& one :
           style_->apply({first, first + static_cast<std::ptrdiff_t>(count)}, group)) {
        styled.push_back(std::move(one));
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kOutOfMemory || count == 1) {
        throw;
      }
      put_back(before, group);
      batch_ = count / 2;
      log_debug("not enough memory for " + std::to_string(count) +
                " faces at a time, going on by " + std::to_string(batch_));
    }
  }
  return styled;
}

FaceStylizer::Drawn FaceStylizer::finish_crop(const AlignedFace& aligned, const cv::Mat& styled,
                                              const ColorConverter& converter) const {
  Drawn drawn;
  drawn.styled = converter.from_srgb(styled);
  drawn.original = converter.from_srgb(resize_picture(aligned.crop, styled.size()));
  drawn.transform = aligned.transform.resized(styled.cols);
  if (options_.keep_colors) {
    drawn.styled = keep_colors(drawn.original, drawn.styled);
  }
  return drawn;
}

// A group at a time: crops are large.
void FaceStylizer::draw(std::span<const Place> places) {
  const auto [variant, size] = style_->crop();
  for (std::size_t done = 0; done < places.size();) {
    const std::size_t end = std::min(done + batch_, places.size());
    std::vector<AlignedFace> aligned;
    std::vector<cv::Mat> crops;
    std::vector<FaceAnchor*> anchors;
    for (std::size_t i = done; i < end; ++i) {
      const Place& place = places[i];
      aligned.push_back(align_face(place.photo->srgb8, place.face.face.landmarks, variant, size));
      crops.push_back(aligned.back().crop);
      anchors.push_back(anchor_of(place));
    }
    const std::vector<cv::Mat> styled = apply(crops, anchors);
    for (std::size_t i = 0; i < styled.size(); ++i) {
      const Place& place = places[done + i];
      take(place, finish_crop(aligned[i], styled[i], place.photo->converter));
    }
    done = end;
  }
}

FaceAnchor* FaceStylizer::anchor_of(const Place& place) {
  return place.face.track == kNoTrack ? nullptr : &anchors_[place.face.track];
}

void FaceStylizer::warn_if_coarse(const CropTransform& transform) {
  if (!warned_ && transform.crop_pixels_per_picture_pixel() < kSharpEnough) {
    warned_ = true;
    log_warning("a face is larger than the " + std::to_string(transform.size) +
                " pixels that style '" + style_->manifest().name +
                "' draws: it comes back softer than the photo; --max-size shrinks the output");
  }
}

void FaceStylizer::take(const Place& place, Drawn drawn) {
  Photo& photo = *place.photo;
  if (!options_.paste) {
    photo.originals.push_back(std::move(drawn.original));
    photo.styled.push_back(std::move(drawn.styled));
    return;
  }
  warn_if_coarse(drawn.transform);
  cv::Mat mask = make_face_mask(place.face.face.landmarks, drawn.transform, options_.mask);
  if (place.face.opacity < 1.0) {
    mask *= place.face.opacity;
  }
  paste_faces(photo.pasted,
              {{std::move(drawn.styled), std::move(drawn.original), mask, drawn.transform}});
}

// The order of paste_faces, which sees but one at a time.
void FaceStylizer::put_in_paste_order(std::span<Place> places) const {
  const AlignmentVariant variant = style_->crop().variant;
  std::stable_sort(places.begin(), places.end(), [variant](const Place& left, const Place& right) {
    return quad_side(left.face.face, variant) < quad_side(right.face.face, variant);
  });
}

void FaceStylizer::run(Works works) {
  std::vector<Place> places;
  for (Work* work : works) {
    auto& photo = static_cast<Photo&>(*work);
    photo.originals.clear();
    photo.styled.clear();
    // `srgb8` may be the same pixels, and others may hold them.
    photo.pasted = photo.faces.empty() || !options_.paste ? cv::Mat() : photo.image.rgb.clone();
    const std::size_t first = places.size();
    for (const Drawable& face : photo.faces) {
      places.push_back({&photo, face});
    }
    if (options_.paste) {
      put_in_paste_order(std::span(places).subspan(first));
    }
    style_->move_to(photo.position);
  }
  draw(places);
  for (Work* work : works) {
    remember(static_cast<Photo&>(*work));
  }
}

// --- from frame to frame ---

// After the picture only its faces can go on.
void FaceStylizer::remember(Photo& photo) {
  if (tracker_ == nullptr) {
    return;
  }
  std::map<int, FaceAnchor> kept;
  for (const Drawable& face : photo.faces) {
    if (const auto anchor = anchors_.find(face.track); anchor != anchors_.end()) {
      kept.insert(*anchor);
    }
  }
  anchors_ = std::move(kept);
  photo.memory = [tracks = std::move(photo.tracks), anchors = anchors_] {
    nlohmann::json faces = nlohmann::json::array();
    for (const auto& [track, anchor] : anchors) {
      faces.push_back({{"track", track}, {"code", anchor.code}, {"seen", anchor.seen}});
    }
    return to_memory({{"faces", tracks}, {"anchors", faces}});
  };
}

void FaceStylizer::recall(std::span<const std::byte> memory) {
  if (tracker_ == nullptr) {
    return;
  }
  read_memory(memory, [this](const nlohmann::json& past) {
    FaceTracker tracker;
    std::map<int, FaceAnchor> anchors;
    if (!past.is_null()) {
      for (const nlohmann::json& anchor : past.at("anchors")) {
        anchors[anchor.at("track")] = {anchor.at("code"), anchor.at("seen")};
      }
      tracker.recall(past.at("faces"));
    }
    *tracker_ = std::move(tracker);
    anchors_ = std::move(anchors);
  });
}

// --- after the network ---

cv::Mat FaceStylizer::strip(const Photo& photo) const {
  cv::Mat row;
  cv::hconcat(photo.styled, row);
  if (options_.compare) {
    cv::Mat before;
    cv::hconcat(photo.originals, before);
    row = side_by_side(before, row);
  }
  return row;
}

StyledPicture FaceStylizer::finish(std::unique_ptr<Work> work) const {
  auto& photo = static_cast<Photo&>(*work);
  StyledPicture result(std::move(photo.image));
  result.detect_ms = photo.detect_ms;
  for (const Drawable& drawn : photo.faces) {
    result.faces.push_back(drawn.face);
  }
  if (result.faces.empty()) {
    return result;
  }
  Image& image = result.image;
  if (!options_.paste) {
    const int depth = image.rgb.depth();
    strip(photo).convertTo(image.rgb, depth, depth == CV_16U ? kDepthFactor : 1.0);
    image.alpha.release();
  } else if (options_.compare) {
    image.rgb = side_by_side(image.rgb, photo.pasted);
    image.alpha = image.alpha.empty() ? image.alpha : side_by_side(image.alpha, image.alpha);
  } else {
    image.rgb = photo.pasted;
  }
  keep_max_size(image, options_.max_size);
  return result;
}

StyledPicture FaceStylizer::stylize(Image image) { return stylize_one(*this, std::move(image)); }

cv::Mat reference_view(const cv::Mat& rgb8, const FindFaces& find_faces, const FaceCrop& crop) {
  const std::vector<Face> faces = find_faces(rgb8);
  return faces.empty() ? rgb8
                       : align_face(rgb8, faces.front().landmarks, crop.variant, crop.size).crop;
}

}  // namespace stylize
