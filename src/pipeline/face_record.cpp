#include "stylize/pipeline/face_record.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "stylize/core/error.h"

namespace stylize {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kLargestSide = 1 << 24;
constexpr double kFarthest = 1e9;    // pixels; more is no place in a picture
constexpr double kSamePlace = 1e-3;  // pixels

constexpr std::array kVariants{
    std::pair{std::string_view("ffhq"), AlignmentVariant::kJojogan},
    std::pair{std::string_view("ffhq-fine"), AlignmentVariant::kBlendgan},
    std::pair{std::string_view("wide"), AlignmentVariant::kExpanded},
};

template <typename Points>
Json points_json(const Points& points) {
  Json list = Json::array();
  for (const cv::Point2d& point : points) {
    list.push_back({point.x, point.y});
  }
  return list;
}

Json face_json(const CropRecord& record) {
  const cv::Rect2d& box = record.face.box;
  const cv::Matx23d& m = record.to_picture;
  Json object;
  object["crop"] = record.crop;
  object["box"] = {box.x, box.y, box.width, box.height};
  object["confidence"] = record.face.confidence;
  object["landmarks"] = points_json(record.face.landmarks);
  object["quad"] = points_json(record.quad);
  object["transform"]["to_picture"] = {{m(0, 0), m(0, 1), m(0, 2)}, {m(1, 0), m(1, 1), m(1, 2)}};
  object["transform"]["size"] = record.size;
  return object;
}

// A value in the document, which knows its place for messages.
class Node {
 public:
  Node(const Json& value, const std::string& source, std::string key)
      : value_(value), source_(source), key_(std::move(key)) {}

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorCode::kInputCorrupt, source_,
                (key_.empty() ? std::string("the document") : "'" + key_ + "'") + " " + problem,
                "stylize align writes such a file anew");
  }

  void require_keys(std::initializer_list<const char*> keys) const {
    if (!value_.is_object()) {
      fail("is not an object");
    }
    for (const auto& [name, ignored] : value_.items()) {
      if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
        check_printable(name);
        child(name.c_str()).fail("does not belong there");
      }
    }
    for (const char* name : keys) {
      if (!value_.contains(name)) {
        child(name).fail("is missing");
      }
    }
  }

  [[nodiscard]] Node child(const char* name) const {
    static const Json kNothing;
    const auto found = value_.find(name);
    return {found == value_.end() ? kNothing : *found, source_,
            key_.empty() ? name : key_ + "." + name};
  }

  // The elements of a list; of `count`, if that is given.
  [[nodiscard]] std::vector<Node> list(std::optional<std::size_t> count = {}) const {
    if (!value_.is_array()) {
      fail("is not a list");
    }
    if (count && value_.size() != *count) {
      fail("must have " + std::to_string(*count) + " elements");
    }
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < value_.size(); ++i) {
      nodes.emplace_back(value_[i], source_, key_ + "[" + std::to_string(i) + "]");
    }
    return nodes;
  }

  [[nodiscard]] std::string text() const {
    if (!value_.is_string() || value_.get_ref<const std::string&>().empty()) {
      fail("is not a text");
    }
    std::string text = value_.get<std::string>();
    check_printable(text);
    return text;
  }

  [[nodiscard]] double number() const {
    if (!value_.is_number()) {
      fail("is not a number");
    }
    const auto number = value_.get<double>();
    if (!(std::abs(number) <= kFarthest)) {
      fail("is out of range");
    }
    return number;
  }

  [[nodiscard]] int whole(int largest) const {
    if (!value_.is_number_integer() || value_ < 1 || value_ > largest) {
      fail("must be a whole number from 1 to " + std::to_string(largest));
    }
    return value_.get<int>();
  }

  [[nodiscard]] cv::Point2d point() const {
    const std::vector<Node> axes = list(2);
    return {axes[0].number(), axes[1].number()};
  }

 private:
  // On a terminal control characters would be commands.
  void check_printable(const std::string& text) const {
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
      fail("holds control characters");
    }
  }

  const Json& value_;
  const std::string& source_;
  std::string key_;
};

template <std::size_t count>
std::array<cv::Point2d, count> read_points(const Node& node) {
  std::array<cv::Point2d, count> points;
  const std::vector<Node> nodes = node.list(count);
  for (std::size_t i = 0; i < count; ++i) {
    points[i] = nodes[i].point();
  }
  return points;
}

cv::Rect2d read_box(const Node& node) {
  const std::vector<Node> sides = node.list(4);
  const cv::Rect2d box(sides[0].number(), sides[1].number(), sides[2].number(), sides[3].number());
  if (box.width <= 0.0 || box.height <= 0.0) {
    node.fail("has no extent");
  }
  return box;
}

cv::Matx23d read_matrix(const Node& node) {
  const std::vector<Node> rows = node.list(2);
  cv::Matx23d matrix;
  for (int y = 0; y < 2; ++y) {
    const std::vector<Node> columns = rows[static_cast<std::size_t>(y)].list(3);
    for (int x = 0; x < 3; ++x) {
      matrix(y, x) = columns[static_cast<std::size_t>(x)].number();
    }
  }
  return matrix;
}

std::string read_crop_name(const Node& node) {
  std::string name = node.text();
  if (name.find('/') != std::string::npos || name == "." || name == "..") {
    node.fail("must be the name of a file beside this one");
  }
  return name;
}

void check_quad(const Node& node, const CropRecord& record, AlignmentVariant variant) {
  Quad expected;
  try {
    expected = face_quad(record.face.landmarks, variant);
  } catch (const Error&) {
    node.child("landmarks").fail("do not span a face");
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const cv::Point2d apart = record.quad[i] - expected[i];
    if (!(std::hypot(apart.x, apart.y) < kSamePlace)) {
      node.child("quad").fail("is not the square of these landmarks");
    }
  }
}

CropRecord read_face(const Node& node, AlignmentVariant variant) {
  node.require_keys({"crop", "box", "confidence", "landmarks", "quad", "transform"});
  CropRecord record;
  record.crop = read_crop_name(node.child("crop"));
  record.face.box = read_box(node.child("box"));
  record.face.confidence = node.child("confidence").number();
  record.face.landmarks = read_points<kLandmarks>(node.child("landmarks"));
  record.quad = read_points<4>(node.child("quad"));
  const Node transform = node.child("transform");
  transform.require_keys({"to_picture", "size"});
  record.to_picture = read_matrix(transform.child("to_picture"));
  record.size = transform.child("size").whole(kLargestCrop);
  check_quad(node, record, variant);
  return record;
}

Json parse_json(std::string_view text, const std::string& source) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    // The library's own words would quote the file, which may hold anything.
    throw Error(ErrorCode::kInputCorrupt, source,
                "not valid JSON, from byte " + std::to_string(error.byte) + " on",
                "stylize align writes such a file anew");
  } catch (const Json::exception&) {
    throw Error(ErrorCode::kInputCorrupt, source, "holds a number that is out of range");
  }
}

}  // namespace

std::string_view variant_name(AlignmentVariant variant) {
  const auto* const found =
      std::find_if(kVariants.begin(), kVariants.end(),
                   [&](const auto& entry) { return entry.second == variant; });
  return found->first;
}

std::optional<AlignmentVariant> find_variant(std::string_view name) {
  for (const auto& [known, variant] : kVariants) {
    if (known == name) {
      return variant;
    }
  }
  return std::nullopt;
}

std::string face_record_text(const FaceRecord& record) {
  Json object;
  object["input"] = record.input;
  object["width"] = record.picture.width;
  object["height"] = record.picture.height;
  object["variant"] = variant_name(record.variant);
  object["faces"] = Json::array();
  for (const CropRecord& face : record.faces) {
    object["faces"].push_back(face_json(face));
  }
  return object.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

FaceRecord parse_face_record(std::string_view text, const std::string& source) {
  const Json document = parse_json(text, source);
  const Node node(document, source, "");
  node.require_keys({"input", "width", "height", "variant", "faces"});
  FaceRecord record;
  record.input = node.child("input").text();
  record.picture = {node.child("width").whole(kLargestSide),
                    node.child("height").whole(kLargestSide)};
  const std::optional<AlignmentVariant> variant = find_variant(node.child("variant").text());
  if (!variant) {
    node.child("variant").fail("must be ffhq, ffhq-fine or wide");
  }
  record.variant = *variant;
  std::set<std::string> names;
  for (const Node& face : node.child("faces").list()) {
    record.faces.push_back(read_face(face, record.variant));
    if (!names.insert(record.faces.back().crop).second) {
      face.child("crop").fail("is another face's, too");
    }
  }
  return record;
}

}  // namespace stylize
