#include "face_tracker.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include "style_memory.h"

namespace stylize {
namespace {

using nlohmann::json;

// Frames until a new face is whole, and until a lost one is gone.
constexpr double kAppearing = 1.0 / 4.0;
constexpr double kFading = 1.0 / 8.0;
// A face is the one of the frame before when its centre moved by less than this part of its size
// and its size changed by less than this factor.
constexpr double kFarthest = 0.6;
constexpr double kMostGrowth = 1.6;
// How much of a new position is believed: of one that rests, and of one that moves by kFast of its
// size a frame.
constexpr double kLeastBelief = 0.25;
constexpr double kFast = 0.2;
// Frames whose tiny pictures differ by more levels than this are of two scenes.
constexpr double kCut = 28.0;
constexpr int kGlance = 32;  // pixels

cv::Point2d centre(const Landmarks& points) {
  cv::Point2d sum;
  for (const cv::Point2d& point : points) {
    sum += point;
  }
  return sum / static_cast<double>(points.size());
}

// The root of the mean square distance of the points from their centre.
double extent(const Landmarks& points) {
  const cv::Point2d middle = centre(points);
  double sum = 0.0;
  for (const cv::Point2d& point : points) {
    sum += (point - middle).dot(point - middle);
  }
  return std::sqrt(sum / static_cast<double>(points.size()));
}

// Distance in sizes of the face; too far: none.
double distance(const Landmarks& before, const Landmarks& after) {
  const double size = std::max(extent(before), 1.0);
  const double growth = std::max(extent(after), 1.0) / size;
  const bool could_be = growth < kMostGrowth && growth > 1.0 / kMostGrowth;
  return could_be ? cv::norm(centre(after) - centre(before)) / size : kFarthest;
}

// Moves the old points towards the new ones.
void approach(Face& face, const Face& found) {
  const double speed = distance(face.landmarks, found.landmarks);
  const double belief = kLeastBelief + (1.0 - kLeastBelief) * std::min(1.0, speed / kFast);
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    face.landmarks[i] += belief * (found.landmarks[i] - face.landmarks[i]);
  }
  face.box = found.box;
  face.confidence = found.confidence;
}

json to_json(const FaceTrack& track) {
  json points = json::array();
  for (const cv::Point2d& point : track.face.landmarks) {
    points.push_back({point.x, point.y});
  }
  const cv::Rect2d& box = track.face.box;
  return {{"id", track.id},
          {"opacity", track.opacity},
          {"box", {box.x, box.y, box.width, box.height}},
          {"confidence", track.face.confidence},
          {"landmarks", points}};
}

FaceTrack track_from(const json& memory) {
  FaceTrack track;
  track.id = memory.at("id");
  track.opacity = memory.at("opacity");
  const json& box = memory.at("box");
  track.face.box = {box.at(0), box.at(1), box.at(2), box.at(3)};
  track.face.confidence = memory.at("confidence");
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const json& point = memory.at("landmarks").at(i);
    track.face.landmarks[i] = {point.at(0), point.at(1)};
  }
  return track;
}

}  // namespace

bool FaceTracker::is_new_scene(const cv::Mat& rgb8) {
  cv::Mat glance;
  cv::resize(rgb8, glance, {kGlance, kGlance}, 0.0, 0.0, cv::INTER_AREA);
  std::swap(glance_, glance);
  if (glance.empty()) {
    return true;
  }
  cv::Mat difference;
  cv::absdiff(glance, glance_, difference);
  const cv::Scalar levels = cv::mean(difference);
  return (levels[0] + levels[1] + levels[2]) / 3.0 > kCut;
}

// Each face goes on the nearest track that is left; the nearest pairs first.
void FaceTracker::match(const std::vector<Face>& found, double first_opacity) {
  struct Pair {
    double distance;
    std::size_t track;
    std::size_t face;
  };
  std::vector<Pair> pairs;
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    for (std::size_t f = 0; f < found.size(); ++f) {
      const double apart = distance(tracks_[t].face.landmarks, found[f].landmarks);
      if (apart < kFarthest) {
        pairs.push_back({apart, t, f});
      }
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& left, const Pair& right) {
    return left.distance < right.distance;
  });
  std::vector<bool> is_followed(tracks_.size(), false);
  std::vector<bool> is_known(found.size(), false);
  for (const Pair& pair : pairs) {
    if (!is_followed[pair.track] && !is_known[pair.face]) {
      is_followed[pair.track] = is_known[pair.face] = true;
      approach(tracks_[pair.track].face, found[pair.face]);
    }
  }
  for (std::size_t t = 0; t < is_followed.size(); ++t) {
    const double step = is_followed[t] ? kAppearing : -kFading;
    tracks_[t].opacity = std::min(1.0, tracks_[t].opacity + step);
  }
  for (std::size_t f = 0; f < found.size(); ++f) {
    if (!is_known[f]) {
      tracks_.push_back({found[f], next_id_++, first_opacity});
    }
  }
}

std::vector<FaceTrack> FaceTracker::follow(const cv::Mat& rgb8, const std::vector<Face>& found) {
  const bool is_new = is_new_scene(rgb8);
  if (is_new) {
    tracks_.clear();
  }
  match(found, is_new ? 1.0 : kAppearing);
  constexpr double kGone = 1e-6;
  std::erase_if(tracks_, [](const FaceTrack& track) { return track.opacity < kGone; });
  std::stable_sort(tracks_.begin(), tracks_.end(), [](const FaceTrack& one, const FaceTrack& two) {
    return extent(one.face.landmarks) > extent(two.face.landmarks);
  });
  return tracks_;
}

json FaceTracker::memory() const {
  json tracks = json::array();
  std::transform(tracks_.begin(), tracks_.end(), std::back_inserter(tracks), to_json);
  return {{"tracks", tracks}, {"glance", picture_memory(glance_)}, {"next_id", next_id_}};
}

void FaceTracker::recall(const json& memory) {
  std::vector<FaceTrack> tracks;
  for (const json& track : memory.at("tracks")) {
    tracks.push_back(track_from(track));
  }
  glance_ = remembered_picture(memory.at("glance"));
  next_id_ = memory.at("next_id");
  tracks_ = std::move(tracks);
}

}  // namespace stylize
