// Many small pictures on one, with what they are under each.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace stylize {

// How many columns a grid of so many cells of this size has: the one nearest to the shape of a
// screen, with few places left empty. `cells` is at least 1.
int grid_columns(int cells, cv::Size cell);

// Pictures in rows, on a dark ground, as they were added. Not thread safe.
class ContactSheet {
 public:
  // Pictures are shrunk to this long side in pixels, never enlarged.
  explicit ContactSheet(int long_side) : long_side_(long_side) {}

  // CV_8UC3, RGB. `sample_aspect`: how much wider than high a pixel is to be shown. `label`: ASCII.
  void add(const cv::Mat& rgb, const std::string& label, double sample_aspect = 1.0);

  [[nodiscard]] int cells() const { return static_cast<int>(cells_.size()); }

  // CV_8UC3, RGB; empty without cells.
  [[nodiscard]] cv::Mat draw() const;

 private:
  struct Cell {
    cv::Mat rgb;
    std::string label;
  };
  [[nodiscard]] cv::Size largest() const;

  int long_side_;
  std::vector<Cell> cells_;
};

}  // namespace stylize
