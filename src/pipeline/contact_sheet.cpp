#include "stylize/pipeline/contact_sheet.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "stylize/media/resample.h"

namespace stylize {
namespace {

constexpr int kGap = 12;  // pixels between cells and around them
constexpr int kLabelHeight = 28;
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kFontScale = 0.6;
const cv::Scalar kGround = cv::Scalar::all(24);
const cv::Scalar kInk = cv::Scalar::all(224);

cv::Size text_size(const std::string& text) {
  int below = 0;
  return cv::getTextSize(text, kFont, kFontScale, 1, &below);
}

int rows_of(int cells, int columns) { return (cells + columns - 1) / columns; }

}  // namespace

int grid_columns(int cells, cv::Size cell) {
  constexpr double kScreen = 1.6;  // width by height, between those in use
  const auto badness = [&](int columns) {
    const int rows = rows_of(cells, columns);
    const double aspect = static_cast<double>(columns) * (cell.width + kGap) /
                          (static_cast<double>(rows) * (cell.height + kGap));
    const int left_empty = rows * columns - cells;
    return std::abs(std::log2(aspect / kScreen)) + static_cast<double>(left_empty) / columns;
  };
  int best = 1;
  for (int columns = 2; columns <= cells; ++columns) {
    best = badness(columns) < badness(best) ? columns : best;
  }
  return best;
}

void ContactSheet::add(const cv::Mat& rgb, const std::string& label, double sample_aspect) {
  const cv::Size shown(std::max(1, static_cast<int>(std::lround(rgb.cols * sample_aspect))),
                       rgb.rows);
  const cv::Size size = fit_long_side(shown, long_side_);
  cells_.push_back({size == rgb.size() ? rgb.clone() : resize_picture(rgb, size), label});
}

cv::Size ContactSheet::largest() const {
  cv::Size largest;
  for (const Cell& cell : cells_) {
    const int width = std::max(cell.rgb.cols, text_size(cell.label).width);
    largest = {std::max(largest.width, width), std::max(largest.height, cell.rgb.rows)};
  }
  return largest + cv::Size(0, kLabelHeight);
}

cv::Mat ContactSheet::draw() const {
  if (cells_.empty()) {
    return {};
  }
  const cv::Size cell = largest();
  const int columns = grid_columns(cells(), cell);
  const int rows = rows_of(cells(), columns);
  cv::Mat sheet(rows * (cell.height + kGap) + kGap, columns * (cell.width + kGap) + kGap, CV_8UC3,
                kGround);
  for (int i = 0; i < cells(); ++i) {
    const auto& [rgb, label] = cells_[static_cast<std::size_t>(i)];
    const cv::Point corner(kGap + i % columns * (cell.width + kGap),
                           kGap + i / columns * (cell.height + kGap));
    rgb.copyTo(sheet(cv::Rect(corner + cv::Point((cell.width - rgb.cols) / 2, 0), rgb.size())));
    const cv::Size text = text_size(label);
    const cv::Point middle(corner.x + cell.width / 2, corner.y + cell.height - kLabelHeight / 2);
    cv::putText(sheet, label, {middle.x - text.width / 2, middle.y + text.height / 2}, kFont,
                kFontScale, kInk, 1, cv::LINE_AA);
  }
  return sheet;
}

}  // namespace stylize
