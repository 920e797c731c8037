#include "stylize/pipeline/contact_sheet.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

using namespace stylize;

namespace {

cv::Mat flat(int width, int height, double level) {
  return {height, width, CV_8UC3, cv::Scalar(level, level / 2, 10)};
}

// The boxes of what is neither ground nor grey text: the pictures, from left to right and down.
std::vector<cv::Rect> pictures_on(const cv::Mat& sheet) {
  cv::Mat colored;
  std::vector<cv::Mat> planes;
  cv::split(sheet, planes);
  cv::compare(planes[0], planes[2], colored, cv::CMP_NE);
  cv::Mat labels;
  cv::Mat boxes;
  cv::Mat centers;
  const int count = cv::connectedComponentsWithStats(colored, labels, boxes, centers);
  std::vector<cv::Rect> result;
  for (int i = 1; i < count; ++i) {
    result.emplace_back(boxes.at<int>(i, cv::CC_STAT_LEFT), boxes.at<int>(i, cv::CC_STAT_TOP),
                        boxes.at<int>(i, cv::CC_STAT_WIDTH), boxes.at<int>(i, cv::CC_STAT_HEIGHT));
  }
  return result;
}

}  // namespace

TEST_CASE("a grid has the shape of a screen, and few empty places", "[pipeline]") {
  const cv::Size wide(480, 298);
  CHECK(grid_columns(1, wide) == 1);
  CHECK(grid_columns(4, wide) == 2);
  CHECK(grid_columns(9, wide) == 3);
  CHECK(grid_columns(16, wide) == 4);
  CHECK(grid_columns(100, wide) == 10);
  CHECK(grid_columns(8, {270, 508}) == 4);
  CHECK(grid_columns(6, {960, 298}) == 2);
  for (int cells = 1; cells <= 100; ++cells) {
    for (const cv::Size cell : {wide, cv::Size(270, 508), cv::Size(60, 30), cv::Size(960, 298)}) {
      const int columns = grid_columns(cells, cell);
      REQUIRE(columns >= 1);
      REQUIRE(columns <= cells);
    }
  }
}

TEST_CASE("a contact sheet has every picture in its place, and its label under it", "[pipeline]") {
  ContactSheet sheet(480);
  CHECK(sheet.draw().empty());
  for (int i = 0; i < 5; ++i) {
    sheet.add(flat(960, 540, 60.0 + 30 * i), "0:0" + std::to_string(i) + ".0");
  }
  CHECK(sheet.cells() == 5);
  const cv::Mat drawn = sheet.draw();
  const std::vector<cv::Rect> pictures = pictures_on(drawn);
  REQUIRE(pictures.size() == 5);
  for (int i = 0; i < 5; ++i) {
    const cv::Rect& box = pictures[static_cast<std::size_t>(i)];
    CHECK(box.size() == cv::Size(480, 270));
    CHECK(box.x == pictures[static_cast<std::size_t>(i % 3)].x);
    CHECK(cv::mean(drawn(box))[0] == Approx(60.0 + 30 * i));
    const cv::Rect under(box.x, box.br().y, box.width, 28);
    const cv::Mat bright = drawn(under) > 200;
    CHECK(cv::countNonZero(bright.reshape(1)) > 60);
    cv::Rect ink = cv::boundingRect(cv::Mat(drawn(under)).reshape(1, under.height) > 100);
    ink.x /= 3;
    ink.width /= 3;
    CHECK(ink.y > 0);
    CHECK(ink.br().y < under.height);
    CHECK(std::abs(ink.x + ink.width / 2 - under.width / 2) < 6);
  }
  // Neither touches another.
  CHECK(pictures[1].x - pictures[0].br().x >= 8);
  CHECK(pictures[3].y - pictures[0].br().y >= 28 + 8);
}

TEST_CASE("pictures on a sheet are shrunk and never enlarged", "[pipeline]") {
  const auto size_of = [](const cv::Mat& picture, double sample_aspect) {
    ContactSheet sheet(200);
    sheet.add(picture, "0:00.0", sample_aspect);
    const std::vector<cv::Rect> pictures = pictures_on(sheet.draw());
    REQUIRE(pictures.size() == 1);
    return pictures.front().size();
  };
  CHECK(size_of(flat(400, 300, 99), 1.0) == cv::Size(200, 150));
  CHECK(size_of(flat(300, 400, 99), 1.0) == cv::Size(150, 200));
  CHECK(size_of(flat(100, 50, 99), 1.0) == cv::Size(100, 50));
  // A pixel may be wider than high.
  CHECK(size_of(flat(50, 50, 99), 2.0) == cv::Size(100, 50));
}

TEST_CASE("a picture smaller than its label leaves room for it", "[pipeline]") {
  ContactSheet sheet(480);
  sheet.add(flat(8, 8, 99), "12:34:56.7");
  const cv::Mat drawn = sheet.draw();
  CHECK(drawn.cols > 80);
  REQUIRE(pictures_on(drawn).size() == 1);
  const cv::Mat edge = drawn.colRange(0, 8) != 24;
  CHECK(cv::countNonZero(edge.reshape(1)) == 0);
}
