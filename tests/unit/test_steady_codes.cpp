#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

#include "src/style/blendgan_style.h"
#include "src/style/steady_codes.h"

using namespace stylize;

namespace {

constexpr std::int64_t kRows = 18;
constexpr std::int64_t kWidth = 4;

FloatTensor codes_of(const std::vector<float>& faces) {
  FloatTensor codes{{static_cast<std::int64_t>(faces.size()), kRows, kWidth}, {}};
  for (const float face : faces) {
    codes.values.insert(codes.values.end(), kRows * kWidth, face);
  }
  return codes;
}

float row(const FloatTensor& codes, std::int64_t row, std::int64_t face = 0) {
  return codes.values.at(static_cast<std::size_t>((face * kRows + row) * kWidth));
}

float steady(FaceAnchor& anchor, float value, std::int64_t which) {
  FloatTensor codes = codes_of({value});
  std::vector<FaceAnchor*> anchors{&anchor};
  steady_codes(codes, anchors);
  return row(codes, which);
}

}  // namespace

TEST_CASE("the first code of a face is taken as it is", "[style]") {
  FaceAnchor anchor;
  CHECK(steady(anchor, 3.0F, 0) == 3.0F);
  CHECK(anchor.seen == 1);
}

TEST_CASE("what a face looks like stays, what it does follows", "[style]") {
  FaceAnchor moving;
  FaceAnchor lasting;
  float most_of_look = 0.0F;
  for (int frame = 0; frame < 100; ++frame) {
    const float value = frame % 2 == 0 ? 1.0F : -1.0F;
    steady(moving, value, 0);
    const float look = steady(lasting, value, kRows - 1);
    most_of_look = frame < 20 ? 0.0F : std::max(most_of_look, std::abs(look));
  }
  CHECK(most_of_look < 0.1F);
  // A new expression is there within three frames, a new light only slowly, but it comes.
  steady(moving, 10.0F, 0);
  steady(moving, 10.0F, 0);
  CHECK(steady(moving, 10.0F, 0) > 9.0F);
  const float after_one = steady(lasting, 10.0F, kRows - 1);
  CHECK(after_one < 1.0F);
  float later = 0.0F;
  for (int frame = 0; frame < 150; ++frame) {
    later = steady(lasting, 10.0F, kRows - 1);
  }
  CHECK(later > 9.0F);
}

TEST_CASE("each face has its own anchor, and one without is left alone", "[style]") {
  FaceAnchor first;
  FaceAnchor third;
  const std::vector<FaceAnchor*> anchors{&first, nullptr, &third};
  FloatTensor codes = codes_of({1.0F, 2.0F, 3.0F});
  steady_codes(codes, anchors);
  codes = codes_of({2.0F, 5.0F, 6.0F});
  steady_codes(codes, anchors);
  CHECK(row(codes, 17, 0) == Approx(1.5));
  CHECK(row(codes, 17, 1) == 5.0F);
  CHECK(row(codes, 17, 2) == Approx(4.5));
  FloatTensor alone = codes_of({7.0F});
  steady_codes(alone, {});
  CHECK(row(alone, 3) == 7.0F);
}

TEST_CASE("a clip moves from style to style, resting at each", "[style]") {
  const auto place = [](double position, std::size_t styles) {
    const StylePoint point = style_point(position, styles);
    return static_cast<double>(point.style) + point.beyond;
  };
  CHECK(place(0.0, 1) == 0.0);
  CHECK(place(1.0, 1) == 0.0);
  CHECK(place(0.0, 3) == 0.0);
  CHECK(place(0.25, 3) == Approx(0.5));
  CHECK(place(0.5, 3) == Approx(1.0));
  CHECK(place(1.0, 3) == Approx(2.0));
  CHECK(style_point(1.0, 3).style == 1);  // there is none to move to from the last
  CHECK(place(0.02, 3) < 0.02);           // slowly at first
  double before = 0.0;
  for (int i = 1; i <= 100; ++i) {
    CHECK(place(i / 100.0, 4) > before);
    before = place(i / 100.0, 4);
  }
}
