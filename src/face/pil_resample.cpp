#include "stylize/face/pil_resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <opencv2/core/utility.hpp>
#include <vector>

namespace stylize {
namespace {

constexpr int kChannels = 3;
constexpr double kLobes = 3.0;
constexpr int kPrecisionBits = 32 - 8 - 2;
constexpr double kPi = 3.14159265358979323846;

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(x * kPi) / (x * kPi); }

double lanczos(double x) { return x >= -kLobes && x < kLobes ? sinc(x) * sinc(x / kLobes) : 0.0; }

double triangle(double x) { return std::max(1.0 - std::abs(x), 0.0); }

struct Filter {
  double (*weight)(double);
  double support;  // beyond which the weight is 0; all in samples of the coarser grid
};

constexpr Filter kLanczos{lanczos, kLobes};
constexpr Filter kTriangle{triangle, 1.0};

// What one output sample takes from the input.
struct Taps {
  int first = 0;
  std::vector<int> weights;  // in units of 2^-kPrecisionBits
};

Taps taps_of(const Filter& filter, int position, int in_size, int out_size) {
  const double scale = static_cast<double>(in_size) / out_size;
  const double filter_scale = std::max(scale, 1.0);
  const double support = filter.support * filter_scale;
  const double center = (position + 0.5) * scale;
  const int first = std::max(static_cast<int>(std::floor(center - support + 0.5)), 0);
  const int end = std::min(static_cast<int>(std::floor(center + support + 0.5)), in_size);
  std::vector<double> exact;
  double sum = 0.0;
  for (int x = first; x < end; ++x) {
    exact.push_back(filter.weight((x - center + 0.5) * (1.0 / filter_scale)));
    sum += exact.back();
  }
  Taps taps{first, {}};
  for (const double weight : exact) {
    const double scaled = (sum == 0.0 ? weight : weight / sum) * (1 << kPrecisionBits);
    taps.weights.push_back(static_cast<int>(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5));
  }
  return taps;
}

std::vector<Taps> all_taps(const Filter& filter, int first, int count, int in_size, int out_size) {
  std::vector<Taps> taps;
  taps.reserve(static_cast<std::size_t>(count));
  for (int i = first; i < first + count; ++i) {
    taps.push_back(taps_of(filter, i, in_size, out_size));
  }
  return taps;
}

std::uint8_t to_sample(int sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

constexpr int kHalf = 1 << (kPrecisionBits - 1);

void filter_row(const std::uint8_t* in, const std::vector<Taps>& columns, std::uint8_t* out) {
  for (const Taps& taps : columns) {
    std::array<int, kChannels> sums = {kHalf, kHalf, kHalf};
    const std::uint8_t* sample = in + static_cast<std::ptrdiff_t>(taps.first) * kChannels;
    for (const int weight : taps.weights) {
      for (int& sum : sums) {
        sum += weight * *sample++;
      }
    }
    for (const int sum : sums) {
      *out++ = to_sample(sum);
    }
  }
}

// `in` starts at row `origin` of what the taps count from.
void filter_column(const cv::Mat& in, int origin, const Taps& taps, std::vector<int>& sums,
                   std::uint8_t* out) {
  std::fill(sums.begin(), sums.end(), kHalf);
  int row = taps.first - origin;
  for (const int weight : taps.weights) {
    const auto* samples = in.ptr<std::uint8_t>(row++);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] += weight * samples[i];
    }
  }
  std::transform(sums.begin(), sums.end(), out, to_sample);
}

// Index of the last input row that any output needs, plus one.
int end_of(const std::vector<Taps>& taps) {
  int end = 0;
  for (const Taps& one : taps) {
    end = std::max(end, one.first + static_cast<int>(one.weights.size()));
  }
  return end;
}

double mix(double from, double to, double position) { return from + (to - from) * position; }

// One output pixel at Pillow's coordinates x, y.
void sample_bilinear(const cv::Mat& picture, double x, double y, std::uint8_t* out) {
  if (!(x >= 0.0 && x < picture.cols && y >= 0.0 && y < picture.rows)) {
    std::fill_n(out, kChannels, std::uint8_t{0});
    return;
  }
  const int left = static_cast<int>(std::floor(x - 0.5));
  const int top = static_cast<int>(std::floor(y - 0.5));
  const double dx = x - 0.5 - left;
  const double dy = y - 0.5 - top;
  const auto* upper = picture.ptr<std::uint8_t>(std::max(top, 0));
  const auto* lower = picture.ptr<std::uint8_t>(std::min(top + 1, picture.rows - 1));
  const int l = std::max(left, 0) * kChannels;
  const int r = std::min(left + 1, picture.cols - 1) * kChannels;
  for (int c = 0; c < kChannels; ++c) {
    const double above = mix(upper[l + c], upper[r + c], dx);
    const double below = mix(lower[l + c], lower[r + c], dx);
    out[c] = static_cast<std::uint8_t>(mix(above, below, dy));
  }
}

// Resized to `size`, of which only `part` is computed.
cv::Mat resized(const cv::Mat& picture, cv::Size size, cv::Rect part, const Filter& filter) {
  const std::vector<Taps> columns = all_taps(filter, part.x, part.width, picture.cols, size.width);
  const std::vector<Taps> rows = all_taps(filter, part.y, part.height, picture.rows, size.height);
  const int first_row = rows.front().first;
  cv::Mat narrow(end_of(rows) - first_row, part.width, CV_8UC3);
  cv::parallel_for_({0, narrow.rows}, [&](const cv::Range& range) {
    for (int y = range.start; y < range.end; ++y) {
      filter_row(picture.ptr<std::uint8_t>(first_row + y), columns, narrow.ptr<std::uint8_t>(y));
    }
  });
  cv::Mat result(part.size(), CV_8UC3);
  cv::parallel_for_({0, result.rows}, [&](const cv::Range& range) {
    std::vector<int> sums(static_cast<std::size_t>(part.width) * kChannels);
    for (int y = range.start; y < range.end; ++y) {
      filter_column(narrow, first_row, rows[static_cast<std::size_t>(y)], sums,
                    result.ptr<std::uint8_t>(y));
    }
  });
  return result;
}

}  // namespace

cv::Mat pil_lanczos(const cv::Mat& picture, cv::Size size, cv::Rect part) {
  return resized(picture, size, part, kLanczos);
}

cv::Mat pil_bilinear(const cv::Mat& picture, int side) {
  const cv::Size size(side, side);
  return picture.size() == size ? picture : resized(picture, size, {{0, 0}, size}, kTriangle);
}

cv::Mat pil_quad_bilinear(const cv::Mat& picture, const Quad& corners, int size) {
  const cv::Point2d nw = corners[0], sw = corners[1], se = corners[2], ne = corners[3];
  const double step = 1.0 / size;
  const cv::Point2d along = (ne - nw) * step;
  const cv::Point2d down = (sw - nw) * step;
  const cv::Point2d twist = (se - sw - ne + nw) * step * step;  // 0 for a square but for rounding
  cv::Mat result(size, size, CV_8UC3);
  cv::parallel_for_({0, size}, [&](const cv::Range& range) {
    for (int v = range.start; v < range.end; ++v) {
      const double t = v + 0.5;
      auto* out = result.ptr<std::uint8_t>(v);
      for (int u = 0; u < size; ++u, out += kChannels) {
        const double s = u + 0.5;
        const cv::Point2d at = nw + along * s + down * t + twist * (s * t);
        sample_bilinear(picture, at.x, at.y, out);
      }
    }
  });
  return result;
}

}  // namespace stylize
