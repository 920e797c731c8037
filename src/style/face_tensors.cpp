#include "face_tensors.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "stylize/core/error.h"

namespace stylize {
namespace {

constexpr std::size_t kChannels = 3;

std::size_t square(std::size_t side) { return side * side; }

// The upper 53 bits, as a number in [0,1).
double uniform(std::mt19937_64& bits) {
  constexpr int kUnused = 11;
  return static_cast<double>(bits() >> kUnused) * 0x1p-53;
}

// Three planes of floats from pixels.
void write_planes(const cv::Mat& picture, float* values) {
  const std::size_t plane = picture.total();
  for (int y = 0; y < picture.rows; ++y) {
    const auto* row = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < picture.cols; ++x, ++values) {
      for (std::size_t channel = 0; channel < kChannels; ++channel) {
        const auto sample = static_cast<float>(row[x][static_cast<int>(channel)]);
        values[channel * plane] = (sample / 255.0F - 0.5F) / 0.5F;
      }
    }
  }
}

// Pixels from three planes of floats.
cv::Mat read_planes(const float* values, cv::Size size, const Manifest& manifest) {
  cv::Mat picture(size, CV_8UC3);
  const auto [low, high] = manifest.output_range;
  const float half = manifest.rounding == Rounding::kNearest ? 0.5F : 0.0F;
  const std::size_t plane = picture.total();
  for (int y = 0; y < picture.rows; ++y) {
    auto* row = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < picture.cols; ++x, ++values) {
      for (std::size_t channel = 0; channel < kChannels; ++channel) {
        // The order of operations is that of JoJoGAN's predict.py: to [0,1], clip, times 255.
        const float unit = (values[channel * plane] - low) / (high - low);
        row[x][static_cast<int>(channel)] =
            static_cast<std::uint8_t>(std::clamp(unit, 0.0F, 1.0F) * 255.0F + half);
      }
    }
  }
  return picture;
}

}  // namespace

FloatTensor to_tensor(std::span<const cv::Mat> pictures) {
  const cv::Size size = pictures.front().size();
  const std::size_t plane = pictures.front().total();
  FloatTensor tensor;
  tensor.shape = {static_cast<std::int64_t>(pictures.size()), kChannels, size.height, size.width};
  tensor.values.resize(pictures.size() * kChannels * plane);
  float* values = tensor.values.data();
  for (const cv::Mat& picture : pictures) {
    CV_Assert(picture.type() == CV_8UC3 && picture.size() == size);
    write_planes(picture, values);
    values += kChannels * plane;
  }
  return tensor;
}

FloatTensor to_tensor(const cv::Mat& rgb8) { return to_tensor(std::span(&rgb8, 1)); }

std::vector<cv::Mat> to_pictures(const FloatTensor& tensor, const Manifest& manifest) {
  if (tensor.shape.size() != 4 || tensor.shape[1] != kChannels) {
    throw Error(ErrorCode::kModelInvalid, manifest.name, "its generator does not return pictures",
                "export the style again");
  }
  const cv::Size size(static_cast<int>(tensor.shape[3]), static_cast<int>(tensor.shape[2]));
  std::vector<cv::Mat> pictures;
  const float* values = tensor.values.data();
  for (std::int64_t i = 0; i < tensor.shape[0]; ++i) {
    pictures.push_back(read_planes(values, size, manifest));
    values += kChannels * pictures.back().total();
  }
  return pictures;
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

}  // namespace stylize
