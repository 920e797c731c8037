#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "faces.h"
#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/pipeline/blend.h"
#include "stylize/pipeline/face_stylizer.h"
#include "temp_dir.h"
#include "tiny_models.h"

using namespace stylize;
using namespace stylize::test;

namespace {

// Turns crops into their negative, or leaves them.
class TestStyle : public FaceStyle {
 public:
  explicit TestStyle(bool negative)
      : FaceStyle(parse_manifest(R"({"name": "test", "family": "stylegan2", "domain": "face",
                                     "face": {"size": 128}})",
                                 "test")),
        negative_(negative) {}

  using FaceStyle::apply;
  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops, FaceAnchors /*anchors*/) override {
    std::vector<cv::Mat> styled;
    for (const cv::Mat& crop : crops) {
      cv::Mat result = crop.clone();
      if (negative_) {
        cv::bitwise_not(crop, result);
      }
      styled.push_back(result);
    }
    return styled;
  }

 private:
  bool negative_;
};

const std::vector<cv::Point2d> kCenters = {{300, 200}, {110, 120}};

// Two faces, the larger one first.
std::vector<Face> two_faces(const cv::Mat& /*rgb8*/) {
  std::vector<Face> faces(2);
  faces[0].landmarks = drawn_landmarks(kCenters[0], 110, 5);
  faces[1].landmarks = drawn_landmarks(kCenters[1], 60);
  return faces;
}

// A style that cannot draw more than `most` faces at a time, and writes down how many it was given.
class NarrowStyle : public FaceStyle {
 public:
  NarrowStyle(std::size_t most, int batch, std::vector<std::size_t>& groups)
      : FaceStyle(parse_manifest(R"({"name": "narrow", "family": "stylegan2", "domain": "face",
                                     "face": {"size": 32}})",
                                 "test"),
                  batch),
        most_(most),
        groups_(groups) {}

  using FaceStyle::apply;
  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops, FaceAnchors /*anchors*/) override {
    groups_.push_back(crops.size());
    if (crops.size() > most_) {
      throw Error(ErrorCode::kOutOfMemory, {}, "the network ran out of memory");
    }
    return crops;
  }

 private:
  std::size_t most_;
  std::vector<std::size_t>& groups_;
};

// So many faces in rows of three, each overlapping its neighbours; the later the larger.
std::vector<Face> crowd(int count) {
  std::vector<Face> faces;
  for (int i = 0; i < count; ++i) {
    Face face;
    const cv::Point place(i % 3, i / 3);
    const cv::Point2d center = cv::Point2d(90.0, 80.0) + 80.0 * cv::Point2d(place);
    face.landmarks = drawn_landmarks(center, 56.0 + 2.0 * i, 5.0 * i);
    faces.push_back(face);
  }
  std::reverse(faces.begin(), faces.end());
  return faces;
}

// White and black patches in turn, one under each face of the crowd.
cv::Mat patches() {
  cv::Mat picture(330, 340, CV_8UC3, cv::Scalar::all(128));
  for (int i = 0; i < 9; ++i) {
    const int shade = i % 2 == 0 ? 255 : 0;
    picture(cv::Rect(50 + 80 * (i % 3), 40 + 80 * (i / 3), 80, 80)).setTo(cv::Scalar::all(shade));
  }
  return picture;
}

FaceStylizer stylizer(const FaceOptions& options, bool negative = true) {
  return {std::make_unique<TestStyle>(negative), two_faces, options};
}

Image image_of(const cv::Mat& rgb) {
  Image image;
  image.rgb = rgb;
  return image;
}

cv::Vec3d at(const cv::Mat& picture, cv::Point2d point) {
  const cv::Rect around(cvRound(point.x) - 2, cvRound(point.y) - 2, 5, 5);
  const cv::Scalar mean = cv::mean(picture(around));
  return {mean[0], mean[1], mean[2]};
}

// By how much the small face, the large one and a corner changed.
std::array<double, 3> changes(const cv::Mat& before, const cv::Mat& after) {
  return {cv::norm(at(before, kCenters[1]) - at(after, kCenters[1])),
          cv::norm(at(before, kCenters[0]) - at(after, kCenters[0])),
          cv::norm(before(cv::Rect(0, 0, 10, 10)), after(cv::Rect(0, 0, 10, 10)))};
}

cv::Mat photo(int depth = CV_8U) {
  cv::Mat blurred;
  cv::GaussianBlur(colorful(420, 360, depth), blurred, {}, 6.0);
  return blurred;
}

}  // namespace

TEST_CASE("faces are styled, everything else stays", "[pipeline]") {
  const cv::Mat before = photo();
  const StyledPicture result = stylizer({}).stylize(image_of(before.clone()));
  REQUIRE(result.faces.size() == 2);
  REQUIRE(result.image.rgb.size() == before.size());
  const auto [small, large, corner] = changes(before, result.image.rgb);
  CHECK(small > 20.0);
  CHECK(large > 20.0);
  CHECK(corner == 0.0);
}

TEST_CASE("only as many faces as asked for, the largest first", "[pipeline]") {
  FaceOptions options;
  options.most_faces = 1;
  const cv::Mat before = photo();
  const StyledPicture result = stylizer(options).stylize(image_of(before.clone()));
  REQUIRE(result.faces.size() == 1);
  const auto [small, large, corner] = changes(before, result.image.rgb);
  CHECK(small == 0.0);
  CHECK(large > 20.0);
}

TEST_CASE("a style that changes nothing leaves the photo as it was", "[pipeline]") {
  const cv::Mat before = photo();
  const StyledPicture result = stylizer({}, false).stylize(image_of(before.clone()));
  CHECK(mean_difference(result.image.rgb, before) < 0.1);
  CHECK(max_difference(result.image.rgb, before) <= 3.0);
}

TEST_CASE("16-bit pictures stay 16-bit and keep their samples outside the faces", "[pipeline]") {
  const cv::Mat before = photo(CV_16U);
  const StyledPicture result = stylizer({}).stylize(image_of(before.clone()));
  REQUIRE(result.image.rgb.type() == CV_16UC3);
  const auto [small, large, corner] = changes(before, result.image.rgb);
  CHECK(small > 20.0 * 257.0);
  CHECK(large > 20.0 * 257.0);
  CHECK(corner == 0.0);
}

TEST_CASE("without a face the picture comes back untouched", "[pipeline]") {
  FaceOptions options;
  options.compare = true;
  options.max_size = 50;
  FaceStylizer none(
      std::make_unique<TestStyle>(true), [](const cv::Mat&) { return std::vector<Face>(); },
      options);
  const cv::Mat before = photo();
  const StyledPicture result = none.stylize(image_of(before.clone()));
  CHECK(result.faces.empty());
  CHECK(max_difference(result.image.rgb, before) == 0.0);
}

TEST_CASE("without pasting the styled crops stand beside each other", "[pipeline]") {
  FaceOptions options;
  options.paste = false;
  const cv::Mat before = photo();
  Image image = image_of(before);
  image.alpha = cv::Mat(before.size(), CV_8UC1, cv::Scalar(9));
  const StyledPicture result = stylizer(options).stylize(image);
  REQUIRE(result.image.rgb.size() == cv::Size(256, 128));
  CHECK(result.image.alpha.empty());
  cv::Mat negative;
  cv::bitwise_not(
      align_face(before, two_faces({})[0].landmarks, AlignmentVariant::kJojogan, 128).crop,
      negative);
  CHECK(max_difference(result.image.rgb(cv::Rect(0, 0, 128, 128)), negative) == 0.0);
  options.compare = true;
  const StyledPicture compared = stylizer(options).stylize(image_of(photo(CV_16U)));
  CHECK(compared.image.rgb.size() == cv::Size(512, 128));
  CHECK(compared.image.rgb.type() == CV_16UC3);
}

TEST_CASE("compare and max_size come after the faces", "[pipeline]") {
  FaceOptions options;
  options.compare = true;
  options.max_size = 420;
  Image image = image_of(photo());
  image.alpha = cv::Mat(image.rgb.size(), CV_8UC1, cv::Scalar(9));
  const StyledPicture result = stylizer(options).stylize(image);
  CHECK(result.image.rgb.size() == cv::Size(420, 180));
  CHECK(result.image.alpha.size() == cv::Size(420, 180));
}

TEST_CASE("the photo's hue can be kept", "[pipeline]") {
  FaceOptions options;
  const cv::Mat before(360, 420, CV_8UC3, cv::Scalar(200, 120, 90));
  const cv::Vec3d negative =
      at(stylizer(options).stylize(image_of(before.clone())).image.rgb, kCenters[0]);
  CHECK(negative[0] < negative[2]);
  options.keep_colors = true;
  const cv::Vec3d kept =
      at(stylizer(options).stylize(image_of(before.clone())).image.rgb, kCenters[0]);
  CHECK(kept[0] > kept[2]);
}

TEST_CASE("a reference is seen as its largest face, or whole", "[pipeline]") {
  const FaceCrop crop{AlignmentVariant::kBlendgan, 64};
  const cv::Mat picture = photo();
  CHECK(reference_view(picture, two_faces, crop).size() == cv::Size(64, 64));
  const auto nobody = [](const cv::Mat&) { return std::vector<Face>(); };
  CHECK(reference_view(picture, nobody, crop).size() == picture.size());
}

TEST_CASE("faces are drawn in groups, in the order in which they overlap", "[pipeline]") {
  const TempDir dir;
  save_tiny_encoder(dir / "e4e.pt");
  save_tiny_generator(dir / "jojo.pt", 0.2);
  write_file(dir / "e4e.json", face_manifest("e4e", "encoder"));
  write_file(dir / "jojo.json", face_manifest("jojo", "stylegan2", R"(, "requires": ["e4e"])"));
  const Registry registry({dir.path()});
  const auto draw = [&](int batch, int count, bool paste) {
    FaceStyleOptions options;
    options.batch = batch;
    FaceOptions face_options;
    face_options.paste = paste;
    face_options.mask = MaskShape::kSquare;
    FaceStylizer faces(
        open_face_style(registry.find("jojo"), registry, {}, Precision::kFp32, options),
        [count](const cv::Mat&) { return crowd(count); }, face_options);
    return faces.stylize(image_of(patches())).image.rgb;
  };
  for (const int count : {1, 5, 9}) {
    for (const bool paste : {true, false}) {
      INFO(count << " faces, pasted: " << paste);
      const cv::Mat one_by_one = draw(1, count, paste);
      CHECK(max_difference(draw(3, count, paste), one_by_one) <= 1.0);
      CHECK(max_difference(draw(8, count, paste), one_by_one) <= 1.0);
    }
  }
  // The order shows: neighbours have shades of their own, and the largest lies on top.
  const cv::Mat strip = draw(8, 9, false);
  for (int i = 1; i < 9; ++i) {
    INFO(i << ": " << strip.at<cv::Vec3b>(8, 16 * i + 8) << strip.at<cv::Vec3b>(8, 16 * i - 8));
    CHECK(std::abs(strip.at<cv::Vec3b>(8, 16 * i + 8)[0] - strip.at<cv::Vec3b>(8, 16 * i - 8)[0]) >
          1);
  }
  const cv::Mat upside_down = draw(8, 9, true);
  const cv::Mat largest_alone = [&] {
    FaceStylizer faces(open_face_style(registry.find("jojo"), registry, {}, Precision::kFp32, {}),
                       [](const cv::Mat&) { return std::vector<Face>{crowd(9).front()}; }, {});
    return faces.stylize(image_of(patches())).image.rgb;
  }();
  const cv::Rect middle(240, 230, 20, 20);
  CHECK(max_difference(upside_down(middle), largest_alone(middle)) <= 3.0);
}

TEST_CASE("a group that does not fit into memory is halved, once and for all", "[pipeline]") {
  std::vector<std::size_t> groups;
  FaceStylizer faces(std::make_unique<NarrowStyle>(3, 8, groups),
                     [](const cv::Mat&) { return crowd(9); }, {});
  CHECK(faces.stylize(image_of(patches())).faces.size() == 9);
  CHECK(groups == std::vector<std::size_t>{8, 4, 2, 2, 2, 2, 1});
  groups.clear();
  CHECK(faces.stylize(image_of(patches())).faces.size() == 9);
  CHECK(groups == std::vector<std::size_t>{2, 2, 2, 2, 1});

  groups.clear();
  FaceStylizer none(std::make_unique<NarrowStyle>(0, 8, groups),
                    [](const cv::Mat&) { return crowd(9); }, {});
  try {
    none.stylize(image_of(patches()));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kOutOfMemory);
  }
  CHECK(groups == std::vector<std::size_t>{8, 4, 2, 1});
}

namespace {

// Draws every face in a shade that tells how often it has seen this one.
class CountingStyle : public FaceStyle {
 public:
  CountingStyle()
      : FaceStyle(parse_manifest(R"({"name": "count", "family": "stylegan2", "domain": "face",
                                     "face": {"size": 64}})",
                                 "count")) {}

  using FaceStyle::apply;
  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops, FaceAnchors anchors) override {
    std::vector<cv::Mat> styled;
    for (std::size_t i = 0; i < crops.size(); ++i) {
      REQUIRE(anchors.size() == crops.size());
      REQUIRE(anchors[i] != nullptr);
      anchors[i]->code = {1.0F, 2.0F};
      styled.emplace_back(crops[i].size(), CV_8UC3, cv::Scalar::all(20 * ++anchors[i]->seen));
    }
    return styled;
  }
};

FaceOptions tracked() {
  FaceOptions options;
  options.tracks = true;
  return options;
}

struct Clip {
  int frame;
  FaceStylizer stylizer;

  // Two faces that jitter, one of which is lost in the fourth frame.
  explicit Clip(int first)
      : frame(first),
        stylizer(
            std::make_unique<CountingStyle>(),
            [this](const cv::Mat&) {
              std::vector<Face> faces = two_faces({});
              for (cv::Point2d& point : faces[0].landmarks) {
                point.x += frame % 2;
              }
              faces.resize(frame == 3 ? 1 : 2);
              return faces;
            },
            tracked()) {}

  StyledPicture next(StyleMemory* memory = nullptr) {
    std::unique_ptr<Stylizer::Work> work = stylizer.prepare(image_of(photo()));
    const std::array<Stylizer::Work*, 1> works{work.get()};
    stylizer.run(works);
    if (memory != nullptr) {
      *memory = work->memory;
    }
    ++frame;
    return stylizer.finish(std::move(work));
  }
};

}  // namespace

TEST_CASE("the faces of a clip are followed, and a run that goes on knows them", "[pipeline]") {
  constexpr int kFrames = 6;
  constexpr int kStop = 4;
  Clip whole(0);
  std::vector<cv::Mat> drawn;
  StyleMemory memory;
  for (int frame = 0; frame < kFrames; ++frame) {
    const StyledPicture picture = whole.next(frame + 1 == kStop ? &memory : nullptr);
    CHECK(picture.faces.size() == 2);  // also where one was lost
    drawn.push_back(picture.image.rgb);
  }
  REQUIRE(memory);
  CHECK(at(drawn[5], kCenters[0])[0] > at(drawn[0], kCenters[0])[0] + 10.0);  // it was counted

  Clip second(kStop);
  second.stylizer.recall(memory());
  Clip forgetful(kStop);
  CHECK(max_difference(forgetful.next().image.rgb, drawn[kStop]) > 10.0);
  for (int frame = kStop; frame < kFrames; ++frame) {
    CHECK(max_difference(second.next().image.rgb, drawn[static_cast<std::size_t>(frame)]) == 0.0);
  }
  // And forgets them for the next clip.
  second.stylizer.recall({});
  second.frame = 0;
  CHECK(max_difference(second.next().image.rgb, drawn[0]) == 0.0);
}
