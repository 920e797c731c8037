#include "alignment_padding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace stylize {
namespace {

constexpr int kChannels = 3;
constexpr double kExactBlur = 24.0;  // sigma up to which the blur is exact: squares of 1200 pixels

// numpy.pad(mode="reflect"): mirrored at the border pixels, as often as it takes.
int mirrored(int index, int size) {
  if (size == 1) {
    return 0;
  }
  const int period = 2 * (size - 1);
  const int place = ((index % period) + period) % period;
  return place < size ? place : period - place;
}

cv::Mat mirror_pad(const cv::Mat& picture, const Padding& padding) {
  const int width = picture.cols + padding.left + padding.right;
  const int height = picture.rows + padding.top + padding.bottom;
  cv::Mat padded(height, width, CV_32FC3);
  std::vector<int> columns(static_cast<std::size_t>(width));
  for (int x = 0; x < width; ++x) {
    columns[static_cast<std::size_t>(x)] = mirrored(x - padding.left, picture.cols);
  }
  cv::parallel_for_({0, height}, [&](const cv::Range& range) {
    for (int y = range.start; y < range.end; ++y) {
      const auto* in = picture.ptr<cv::Vec3b>(mirrored(y - padding.top, picture.rows));
      auto* out = padded.ptr<cv::Vec3f>(y);
      for (const int column : columns) {
        *out++ = in[column];
      }
    }
  });
  return padded;
}

// How far outside a pixel lies along one axis: 1 at the padded picture's border, 0 at the
// original's, negative inside.
std::vector<float> outsideness(int size, int pad_before, int pad_after) {
  std::vector<float> values;
  for (int i = 0; i < size; ++i) {
    const auto before = static_cast<float>(i) / static_cast<float>(pad_before);
    const auto after = static_cast<float>(size - 1 - i) / static_cast<float>(pad_after);
    values.push_back(1.0F - std::min(before, after));
  }
  return values;
}

// scipy.ndimage.gaussian_filter: cut at four sigma, borders mirrored with the border pixel
// repeated.
cv::Mat gaussian_weights(double sigma) {
  const int radius = static_cast<int>(std::floor(4.0 * sigma + 0.5));
  return cv::getGaussianKernel(2 * radius + 1, sigma, CV_64F);
}

int rounded(double value) { return static_cast<int>(std::lround(value)); }

struct FadeMap {
  std::vector<float> columns, rows;
  [[nodiscard]] float at(int x, int y) const {
    return std::max(columns[static_cast<std::size_t>(x)], rows[static_cast<std::size_t>(y)]);
  }
};

// Blends `soft`, the given rows of the blurred picture, into the padded one.
void blend_blurred(cv::Mat& padded, const FadeMap& fade, const cv::Mat& soft, cv::Range rows) {
  for (int y = rows.start; y < rows.end; ++y) {
    auto* pixel = padded.ptr<cv::Vec3f>(y);
    const auto* blurred = soft.ptr<cv::Vec3f>(y - rows.start);
    for (int x = 0; x < padded.cols; ++x) {
      const float weight = std::clamp(fade.at(x, y) * 3.0F + 1.0F, 0.0F, 1.0F);
      pixel[x] += (blurred[x] - pixel[x]) * weight;
    }
  }
}

// Wide blurs at a reduced size: within a third of a level of the exact one, in a hundredth of the
// time, which is seconds for a face that fills a 12-megapixel photo.
void blur_outside_coarsely(cv::Mat& padded, const FadeMap& fade, double sigma) {
  const double factor = std::floor(sigma / 8.0);
  const cv::Size size(std::max(1, rounded(padded.cols / factor)),
                      std::max(1, rounded(padded.rows / factor)));
  cv::Mat small;
  cv::resize(padded, small, size, 0, 0, cv::INTER_AREA);
  // Averaging over `factor` pixels has blurred a little already.
  const double rest = std::sqrt(sigma * sigma - (factor * factor - 1.0) / 12.0) / factor;
  const cv::Mat weights = gaussian_weights(rest);
  cv::sepFilter2D(small, small, CV_32F, weights, weights, {-1, -1}, 0.0, cv::BORDER_REFLECT);
  cv::Mat blurred;
  cv::resize(small, blurred, padded.size(), 0, 0, cv::INTER_CUBIC);
  cv::parallel_for_({0, padded.rows}, [&](const cv::Range& rows) {
    blend_blurred(padded, fade, blurred.rowRange(rows), rows);
  });
}

void blur_outside(cv::Mat& padded, const FadeMap& fade, double sigma) {
  if (sigma > kExactBlur) {
    blur_outside_coarsely(padded, fade, sigma);
    return;
  }
  const cv::Mat weights = gaussian_weights(sigma);
  const cv::Mat source = padded.clone();
  // Rows around a band are filtered again for the next one; long bands keep that small.
  const int band_rows = std::max(64, 4 * weights.rows);
  const int bands = (padded.rows + band_rows - 1) / band_rows;
  cv::parallel_for_({0, bands}, [&](const cv::Range& range) {
    for (int band = range.start; band < range.end; ++band) {
      const cv::Range rows(band * band_rows, std::min((band + 1) * band_rows, padded.rows));
      cv::Mat blurred;  // sees the rows beyond the band, which is a part of `source`
      cv::sepFilter2D(source.rowRange(rows), blurred, CV_32F, weights, weights, {-1, -1}, 0.0,
                      cv::BORDER_REFLECT);
      blend_blurred(padded, fade, blurred, rows);
    }
  });
}

// The value of the given rank. Counts by whole levels first, so that only one level's worth of
// values has to be put in order.
class RankedChannel {
 public:
  RankedChannel(const cv::Mat& picture, int channel) : picture_(picture), channel_(channel) {
    for_each([this](float value) { ++counts_[level(value)]; });
  }

  [[nodiscard]] float value(std::size_t rank) const {
    std::size_t bin = 0;
    while (rank >= counts_[bin]) {
      rank -= counts_[bin++];
    }
    std::vector<float> values;
    values.reserve(counts_[bin]);
    for_each([&](float value) {
      if (level(value) == bin) values.push_back(value);
    });
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(values.begin(), place, values.end());
    return *place;
  }

 private:
  static std::size_t level(float value) {
    return static_cast<std::size_t>(std::clamp(value, 0.0F, 255.0F));
  }

  template <typename Visitor>
  void for_each(const Visitor& visit) const {
    for (int y = 0; y < picture_.rows; ++y) {
      const auto* pixel = picture_.ptr<float>(y) + channel_;
      for (int x = 0; x < picture_.cols; ++x, pixel += kChannels) {
        visit(*pixel);
      }
    }
  }

  const cv::Mat& picture_;
  int channel_;
  std::array<std::size_t, 256> counts_ = {};
};

cv::Vec3f median_color(const cv::Mat& picture) {
  const std::size_t count = picture.total();
  cv::Vec3f median;
  for (int c = 0; c < kChannels; ++c) {
    const RankedChannel channel(picture, c);
    const float upper = channel.value(count / 2);
    median[c] = count % 2 == 1 ? upper : (channel.value(count / 2 - 1) + upper) / 2.0F;
  }
  return median;
}

}  // namespace

cv::Mat pad_for_alignment(const cv::Mat& picture, const Padding& padding, double quad_size) {
  constexpr double kBlur = 0.02;  // of the quad's size
  cv::Mat padded = mirror_pad(picture, padding);
  const FadeMap fade{outsideness(padded.cols, padding.left, padding.right),
                     outsideness(padded.rows, padding.top, padding.bottom)};
  blur_outside(padded, fade, kBlur * quad_size);
  const cv::Vec3f median = median_color(padded);
  cv::Mat result(padded.size(), CV_8UC3);
  cv::parallel_for_({0, padded.rows}, [&](const cv::Range& range) {
    for (int y = range.start; y < range.end; ++y) {
      const auto* in = padded.ptr<cv::Vec3f>(y);
      auto* out = result.ptr<cv::Vec3b>(y);
      for (int x = 0; x < padded.cols; ++x) {
        const float weight = std::clamp(fade.at(x, y), 0.0F, 1.0F);
        out[x] = in[x] + (median - in[x]) * weight;  // rounds half to even
      }
    }
  });
  return result;
}

}  // namespace stylize
