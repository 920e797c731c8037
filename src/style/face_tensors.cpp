#include "face_tensors.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "stylize/core/error.h"

namespace stylize {
namespace {

constexpr int kWeightBits = 22;

// The pixels and weights of which one pixel of a resized row is made.
struct Span {
  int first = 0;
  std::vector<int> weights;
};

int round_half_up(double value) { return static_cast<int>(std::floor(value + 0.5)); }

std::vector<Span> triangle_spans(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double support = std::max(scale, 1.0);
  std::vector<Span> spans(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(round_half_up(center - support), 0);
    const int last = std::min(round_half_up(center + support), from);
    std::vector<double> weights;
    double sum = 0.0;
    for (int x = first; x < last; ++x) {
      weights.push_back(std::max(1.0 - std::abs((x - center + 0.5) / support), 0.0));
      sum += weights.back();
    }
    Span& span = spans[static_cast<std::size_t>(i)];
    span.first = first;
    for (const double weight : weights) {
      span.weights.push_back(round_half_up(weight / sum * (1 << kWeightBits)));
    }
  }
  return spans;
}

// Makes each row `side` pixels long and the rows columns: twice, it resizes both ways.
cv::Mat resized_transposed(const cv::Mat& picture, int side) {
  const std::vector<Span> spans = triangle_spans(picture.cols, side);
  cv::Mat result(side, picture.rows, CV_8UC3);
  for (int y = 0; y < picture.rows; ++y) {
    const auto* row = picture.ptr<cv::Vec3b>(y);
    for (int i = 0; i < side; ++i) {
      const Span& span = spans[static_cast<std::size_t>(i)];
      cv::Vec3i sum = cv::Vec3i::all(1 << (kWeightBits - 1));
      const cv::Vec3b* pixel = row + span.first;
      for (const int weight : span.weights) {
        sum += cv::Vec3i(*pixel++) * weight;
      }
      auto& out = result.at<cv::Vec3b>(i, y);
      for (int channel = 0; channel < 3; ++channel) {
        out[channel] = cv::saturate_cast<std::uint8_t>(sum[channel] >> kWeightBits);
      }
    }
  }
  return result;
}

std::size_t square(std::size_t side) { return side * side; }

// The upper 53 bits, as a number in [0,1).
double uniform(std::mt19937_64& bits) {
  constexpr int kUnused = 11;
  return static_cast<double>(bits() >> kUnused) * 0x1p-53;
}

}  // namespace

FloatTensor to_tensor(const cv::Mat& rgb8) {
  CV_Assert(rgb8.type() == CV_8UC3);
  FloatTensor tensor;
  tensor.shape = {1, 3, rgb8.rows, rgb8.cols};
  tensor.values.resize(rgb8.total() * 3);
  const std::size_t plane = rgb8.total();
  std::size_t position = 0;
  for (int y = 0; y < rgb8.rows; ++y) {
    const auto* row = rgb8.ptr<cv::Vec3b>(y);
    for (int x = 0; x < rgb8.cols; ++x, ++position) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const auto sample = static_cast<float>(row[x][static_cast<int>(channel)]);
        tensor.values[channel * plane + position] = (sample / 255.0F - 0.5F) / 0.5F;
      }
    }
  }
  return tensor;
}

cv::Mat to_picture(const FloatTensor& tensor, const Manifest& manifest) {
  if (tensor.shape.size() != 4 || tensor.shape[0] != 1 || tensor.shape[1] != 3) {
    throw Error(ErrorCode::kModelInvalid, manifest.name, "its generator does not return a picture",
                "export the style again");
  }
  cv::Mat picture(static_cast<int>(tensor.shape[2]), static_cast<int>(tensor.shape[3]), CV_8UC3);
  const auto [low, high] = manifest.output_range;
  const float half = manifest.rounding == Rounding::kNearest ? 0.5F : 0.0F;
  const std::size_t plane = picture.total();
  std::size_t position = 0;
  for (int y = 0; y < picture.rows; ++y) {
    auto* row = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < picture.cols; ++x, ++position) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        // The order of operations is that of JoJoGAN's predict.py: to [0,1], clip, times 255.
        const float unit = (tensor.values[channel * plane + position] - low) / (high - low);
        row[x][static_cast<int>(channel)] =
            static_cast<std::uint8_t>(std::clamp(unit, 0.0F, 1.0F) * 255.0F + half);
      }
    }
  }
  return picture;
}

std::vector<FloatTensor> seeded_noise(std::uint64_t seed, std::int64_t layers) {
  std::mt19937_64 bits(seed);
  std::vector<FloatTensor> noise;
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    const std::int64_t side = std::int64_t{1} << ((layer + 5) / 2);
    FloatTensor tensor{{1, 1, side, side},
                       std::vector<float>(square(static_cast<std::size_t>(side)))};
    for (std::size_t i = 0; i < tensor.values.size(); i += 2) {
      const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform(bits)));
      const double angle = 2.0 * std::numbers::pi * uniform(bits);
      tensor.values[i] = static_cast<float>(radius * std::cos(angle));
      tensor.values[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
    noise.push_back(std::move(tensor));
  }
  return noise;
}

cv::Mat pil_bilinear(const cv::Mat& rgb8, int side) {
  if (rgb8.rows == side && rgb8.cols == side) {
    return rgb8;
  }
  return resized_transposed(resized_transposed(rgb8, side), side);
}

}  // namespace stylize
