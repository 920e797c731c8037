#include "crop_resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <opencv2/core/utility.hpp>
#include <vector>

namespace stylize {
namespace {

// Sums are taken in this many parts whatever the number of threads, so that it has no say in the
// result.
constexpr int kParts = 4;

// From here on so many samples fall on each pixel, whatever its place, that their overlap with the
// neighbours' is the same 1:4:1 everywhere.
constexpr double kUniformFrom = 1.5;

constexpr int kIterations = 3;  // of conjugate gradients: 45 dB and more where it starts at 35

// The samples of a crop among the pixels of a rectangle of the picture.
class Sampling {
 public:
  Sampling(const CropTransform& transform, cv::Rect rect) : transform_(transform), rect_(rect) {}

  // visit(u, v, index, weights): the crop's pixel lies between the four pixels from `index` on (to
  // the right, below, below right), whose bilinear weights are given. Rows of the crop in `rows`.
  template <typename Visitor>
  void for_each(cv::Range rows, const Visitor& visit) const {
    const cv::Matx23d& m = transform_.to_picture;
    for (int v = rows.start; v < rows.end; ++v) {
      const double row_x = m(0, 1) * v + m(0, 2) - rect_.x;
      const double row_y = m(1, 1) * v + m(1, 2) - rect_.y;
      for (int u = 0; u < transform_.size; ++u) {
        const double x = row_x + m(0, 0) * u;
        const double y = row_y + m(1, 0) * u;
        if (!(x >= 0.0 && y >= 0.0 && x < rect_.width - 1 && y < rect_.height - 1)) {
          continue;
        }
        const int left = static_cast<int>(x);
        const int top = static_cast<int>(y);
        const auto dx = static_cast<float>(x - left);
        const auto dy = static_cast<float>(y - top);
        const std::array<float, 4> weights = {(1.0F - dx) * (1.0F - dy), dx * (1.0F - dy),
                                              (1.0F - dx) * dy, dx * dy};
        visit(u, v, static_cast<std::size_t>(top) * width() + static_cast<std::size_t>(left),
              weights);
      }
    }
  }

  // The sum over all parts of the crop of what `work(rows, sum)` adds to a zero picture of `type`.
  template <typename Work>
  [[nodiscard]] cv::Mat sum(int type, const Work& work) const {
    std::vector<cv::Mat> parts(kParts);
    cv::parallel_for_({0, kParts}, [&](const cv::Range& range) {
      for (int part = range.start; part < range.end; ++part) {
        cv::Mat& own = parts[static_cast<std::size_t>(part)];
        own = cv::Mat::zeros(rect_.size(), type);
        work(cv::Range(transform_.size * part / kParts, transform_.size * (part + 1) / kParts),
             own);
      }
    });
    for (std::size_t part = 1; part < parts.size(); ++part) {
      parts[0] += parts[part];
    }
    return parts[0];
  }

  [[nodiscard]] std::size_t width() const { return static_cast<std::size_t>(rect_.width); }
  [[nodiscard]] const CropTransform& transform() const { return transform_; }
  [[nodiscard]] cv::Rect rect() const { return rect_; }

 private:
  CropTransform transform_;
  cv::Rect rect_;
};

// A transposed times a crop: every sample laid onto the four pixels it lies between. The fourth
// channel sums the weights.
cv::Mat splat(const Sampling& sampling, const cv::Mat& crop) {
  return sampling.sum(CV_32FC4, [&](cv::Range rows, cv::Mat& sum) {
    auto* pixels = sum.ptr<cv::Vec4f>();
    const std::size_t width = sampling.width();
    sampling.for_each(rows, [&](int u, int v, std::size_t index, const auto& weights) {
      const auto& color = crop.ptr<cv::Vec3f>(v)[u];
      const cv::Vec4f sample(color[0], color[1], color[2], 1.0F);
      pixels[index] += sample * weights[0];
      pixels[index + 1] += sample * weights[1];
      pixels[index + width] += sample * weights[2];
      pixels[index + width + 1] += sample * weights[3];
    });
  });
}

// A transposed times A times a picture: sampled, and the samples laid back.
cv::Mat sample_and_splat(const Sampling& sampling, const cv::Mat& picture) {
  const auto* in = picture.ptr<cv::Vec3f>();
  return sampling.sum(CV_32FC3, [&](cv::Range rows, cv::Mat& sum) {
    auto* out = sum.ptr<cv::Vec3f>();
    const std::size_t width = sampling.width();
    sampling.for_each(rows, [&](int, int, std::size_t index, const auto& weights) {
      const cv::Vec3f sample = in[index] * weights[0] + in[index + 1] * weights[1] +
                               in[index + width] * weights[2] + in[index + width + 1] * weights[3];
      out[index] += sample * weights[0];
      out[index + 1] += sample * weights[1];
      out[index + width] += sample * weights[2];
      out[index + width + 1] += sample * weights[3];
    });
  });
}

const cv::Vec3f& nearest_color(const cv::Mat& crop, const CropTransform& transform,
                               cv::Point2d at) {
  const cv::Point2d place = map_point(transform.to_crop, at);
  const auto inside = [&crop](double coordinate) {
    return static_cast<int>(std::lround(std::clamp(coordinate, 0.0, crop.cols - 1.0)));
  };
  return crop.ptr<cv::Vec3f>(inside(place.y))[inside(place.x)];
}

// The mean of the samples around each pixel: a blurred first estimate.
cv::Mat weighted_mean(const Sampling& sampling, const cv::Mat& crop, const cv::Mat& splatted) {
  const double ratio = sampling.transform().crop_pixels_per_picture_pixel();
  const auto enough = static_cast<float>(0.25 * ratio * ratio);  // of the usual weight
  cv::Mat mean(splatted.size(), CV_32FC3);
  for (int y = 0; y < mean.rows; ++y) {
    const auto* sums = splatted.ptr<cv::Vec4f>(y);
    auto* out = mean.ptr<cv::Vec3f>(y);
    for (int x = 0; x < mean.cols; ++x) {
      const cv::Vec4f& sum = sums[x];
      out[x] = sum[3] > enough
                   ? cv::Vec3f(sum[0], sum[1], sum[2]) * (1.0F / sum[3])
                   : nearest_color(crop, sampling.transform(),
                                   cv::Point2d(sampling.rect().tl()) + cv::Point2d(x, y));
    }
  }
  return mean;
}

// Undoes a blur by (1 4 1)/6 along the rows of each column: recursively up and down, mirrored ends
// (Unser 1999, "Splines: a perfect fit", box 2).
void unblur_columns(cv::Mat& picture) {
  const int count = picture.rows;
  if (count < 2) {
    return;
  }
  const double pole = std::sqrt(3.0) - 2.0;
  constexpr int kHorizon = 14;  // pole^14 < 1e-8
  cv::Mat start = picture.row(0).clone();
  double power = pole;
  for (int k = 1; k < std::min(kHorizon, count); ++k, power *= pole) {
    start += picture.row(k) * power;
  }
  start.copyTo(picture.row(0));
  for (int k = 1; k < count; ++k) {
    cv::scaleAdd(picture.row(k - 1), pole, picture.row(k), picture.row(k));
  }
  cv::Mat last = picture.row(count - 1);
  last = (last + picture.row(count - 2) * pole) * (pole / (pole * pole - 1.0));
  for (int k = count - 2; k >= 0; --k) {
    cv::Mat row = picture.row(k);
    cv::addWeighted(picture.row(k + 1), pole, row, -pole, 0.0, row);
  }
  picture *= 6.0;
}

cv::Mat unblurred(cv::Mat picture) {
  unblur_columns(picture);
  cv::Mat turned;
  cv::transpose(picture, turned);
  unblur_columns(turned);
  cv::transpose(turned, picture);
  return picture;
}

// A few steps of conjugate gradients (Hestenes and Stiefel 1952) on A'A p = A'c. Stopping early
// leaves alone what the samples hardly determine.
cv::Mat solved(const Sampling& sampling, cv::Mat picture, const cv::Mat& splatted) {
  cv::Mat target(splatted.size(), CV_32FC3);
  cv::mixChannels(splatted, target, {0, 0, 1, 1, 2, 2});
  cv::Mat residual = target - sample_and_splat(sampling, picture);
  cv::Mat direction = residual.clone();
  double energy = residual.dot(residual);
  for (int i = 0; i < kIterations && energy > 1e-3; ++i) {
    const cv::Mat image = sample_and_splat(sampling, direction);
    const double curvature = direction.dot(image);
    if (!(curvature > 0.0)) {
      break;
    }
    const double step = energy / curvature;
    cv::scaleAdd(direction, step, picture, picture);
    cv::scaleAdd(image, -step, residual, residual);
    const double left = residual.dot(residual);
    cv::scaleAdd(direction, left / energy, residual, direction);
    energy = left;
  }
  return picture;
}

// Weights of the four samples around a place, `x` in 0..1 beyond the second.
std::array<float, 4> keys_weights(float x) {
  const float y = 1.0F - x;
  return {-0.5F * x * y * y, 1.0F + x * x * (1.5F * x - 2.5F), 1.0F + y * y * (1.5F * y - 2.5F),
          -0.5F * y * x * x};
}

}  // namespace

cv::Mat fit_crop(const cv::Mat& crop, const CropTransform& transform, cv::Rect rect) {
  const Sampling sampling(transform, rect);
  const cv::Mat splatted = splat(sampling, crop);
  if (transform.crop_pixels_per_picture_pixel() >= kUniformFrom) {
    return unblurred(weighted_mean(sampling, crop, splatted));
  }
  cv::Mat start(rect.size(), CV_32FC3);
  cv::parallel_for_({0, rect.height}, [&](const cv::Range& rows) {
    for (int y = rows.start; y < rows.end; ++y) {
      interpolate_crop_row(crop, transform, rect.y + y, {rect.x, rect.x + rect.width},
                           start.ptr<cv::Vec3f>(y));
    }
  });
  return solved(sampling, start, splatted);
}

void interpolate_crop_row(const cv::Mat& crop, const CropTransform& transform, int row,
                          cv::Range columns, cv::Vec3f* out) {
  const auto inside = [&crop](int index) { return std::clamp(index, 0, crop.cols - 1); };
  for (int x = columns.start; x < columns.end; ++x) {
    const cv::Point2d at = map_point(transform.to_crop, cv::Point2d(x, row));
    const int left = static_cast<int>(std::floor(at.x));
    const int top = static_cast<int>(std::floor(at.y));
    const auto across = keys_weights(static_cast<float>(at.x - left));
    const auto down = keys_weights(static_cast<float>(at.y - top));
    cv::Vec3f color(0.0F, 0.0F, 0.0F);
    for (int j = 0; j < 4; ++j) {
      const auto* samples = crop.ptr<cv::Vec3f>(inside(top - 1 + j));
      cv::Vec3f line(0.0F, 0.0F, 0.0F);
      for (int i = 0; i < 4; ++i) {
        line += samples[inside(left - 1 + i)] * across[static_cast<std::size_t>(i)];
      }
      color += line * down[static_cast<std::size_t>(j)];
    }
    *out++ = color;
  }
}

float mask_at(const cv::Mat& mask, cv::Point2d point) {
  if (!(point.x >= 0.0 && point.y >= 0.0 && point.x < mask.cols - 1 && point.y < mask.rows - 1)) {
    return 0.0F;
  }
  const int left = static_cast<int>(point.x);
  const int top = static_cast<int>(point.y);
  const auto dx = static_cast<float>(point.x - left);
  const auto dy = static_cast<float>(point.y - top);
  const auto* upper = mask.ptr<float>(top) + left;
  const auto* lower = mask.ptr<float>(top + 1) + left;
  const float above = upper[0] + (upper[1] - upper[0]) * dx;
  const float below = lower[0] + (lower[1] - lower[0]) * dx;
  return above + (below - above) * dy;
}

}  // namespace stylize
