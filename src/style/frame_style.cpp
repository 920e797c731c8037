#include "stylize/style/frame_style.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "memory_check.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/core/memory_info.h"

namespace stylize {
namespace {

// Below this a run fits anywhere, and asking would cost more than it tells.
constexpr std::size_t kUncheckedPixels = 1U << 20U;
constexpr int kTestSide = 32;

// On the CPU one picture keeps all cores busy, and more only fall out of its caches.
int best_batch(const Device& device) {
  constexpr int kOnGpu = 4;
  return device.kind == DeviceKind::kCuda ? kOnGpu : 1;
}

Manifest manifest_of_file(const FrameNetwork& network, const std::filesystem::path& file) {
  if (!network.metadata().empty()) {
    return parse_manifest(network.metadata(), file.string());
  }
  log_warning(file.string() + ": carries no description; assuming AnimeGANv2's conventions");
  Manifest manifest;
  manifest.name = file.stem().string();
  manifest.family = "animegan";
  manifest.multiple_of = 4;
  manifest.minimum = 8;
  manifest.recommended_size = 768;
  manifest.rounding = Rounding::kTruncate;
  return manifest;
}

std::size_t pixels_of(cv::Size size) {
  return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
}

double full_range(int depth) { return depth == CV_16U ? 65535.0 : 255.0; }

// Samples to floats in the network's input range.
cv::Mat to_network(const cv::Mat& srgb, ValueRange range) {
  const double span = static_cast<double>(range.high) - static_cast<double>(range.low);
  cv::Mat values;
  srgb.convertTo(values, CV_32F, span / full_range(srgb.depth()), static_cast<double>(range.low));
  return values;
}

// Floats in the network's output range to samples. The reference programs of AnimeGANv2 cut the
// fraction off when they make bytes; 16-bit samples have no reference and are rounded.
cv::Mat from_network(const cv::Mat& values, const Manifest& manifest, int depth) {
  const ValueRange range = manifest.output_range;
  const double scale =
      full_range(depth) / (static_cast<double>(range.high) - static_cast<double>(range.low));
  const double shift = -static_cast<double>(range.low) * scale;
  cv::Mat samples;
  if (manifest.rounding == Rounding::kNearest || depth == CV_16U) {
    values.convertTo(samples, depth, scale, shift);
    return samples;
  }
  samples.create(values.size(), CV_8UC3);
  for (int y = 0; y < values.rows; ++y) {
    const auto* in = values.ptr<float>(y);
    auto* out = samples.ptr<std::uint8_t>(y);
    for (int x = 0; x < values.cols * 3; ++x) {
      // The order of operations is the reference's: clip, to [0,1], times 255.
      const float unit =
          (std::clamp(in[x], range.low, range.high) - range.low) / (range.high - range.low);
      out[x] = static_cast<std::uint8_t>(unit * 255.0F);
    }
  }
  return samples;
}

[[noreturn]] void throw_no_numbers(const Manifest& manifest) {
  throw Error(ErrorCode::kModelInvalid, manifest.name,
              "the network's output holds values that are no numbers", "try --precision fp32");
}

// Row `y` of a picture that is continued by reflection to `width` columns and any row.
void read_row(const cv::Mat& srgb, int y, int width, ValueRange range, float* to) {
  constexpr int kBorder = cv::BORDER_REFLECT_101;
  const cv::Mat values = to_network(srgb.row(cv::borderInterpolate(y, srgb.rows, kBorder)), range);
  cv::Mat row(1, width, CV_32FC3, to);
  cv::copyMakeBorder(values, row, 0, 0, 0, width - srgb.cols, kBorder);
}

}  // namespace

FrameStyle::FrameStyle(LoadedModel model)
    : network_(std::move(model.network)),
      manifest_(std::move(model.manifest)),
      largest_run_(kUncheckedPixels) {
  if (manifest_.family != "animegan") {
    throw Error(ErrorCode::kModelInvalid, manifest_.name,
                "styles of family '" + manifest_.family + "' cannot be run by this version");
  }
}

FrameStyle::LoadedModel FrameStyle::load(const RegisteredStyle& style, const Device& device,
                                         Precision precision) {
  verify_model_file(style);
  return {FrameNetwork(style.model_path.string(), device, precision), style.manifest};
}

FrameStyle::LoadedModel FrameStyle::load(const std::filesystem::path& file, const Device& device,
                                         Precision precision) {
  FrameNetwork network(file.string(), device, precision);
  Manifest manifest = manifest_of_file(network, file);
  return {std::move(network), std::move(manifest)};
}

FrameStyle::FrameStyle(const RegisteredStyle& style, const Device& device, Precision precision)
    : FrameStyle(load(style, device, precision)) {
  batch_ = best_batch(device);
}

FrameStyle::FrameStyle(const std::filesystem::path& file, const Device& device, Precision precision)
    : FrameStyle(load(file, device, precision)) {
  batch_ = best_batch(device);
  self_test();
}

void FrameStyle::self_test() { network_.self_test(suitable_side(manifest_, kTestSide)); }

void FrameStyle::check_fits_memory(cv::Size size) { require_memory_for(size, 1); }

void FrameStyle::require_memory_for(cv::Size size, std::size_t pictures) {
  const std::size_t pixels = pixels_of(size) * pictures;
  if (pixels <= largest_run_) {
    return;
  }
  const std::size_t bytes = network_.peak_bytes_per_pixel() * pixels;  // runs it once
  const bool fits_itself = pictures == 1 && memory_.tiling != Tiling::kOff;
  if (!fits_itself || !network_.stays_within_limits()) {
    require_memory(
        "running the network at " + std::to_string(size.width) + "x" + std::to_string(size.height),
        bytes, "use a smaller --work-size");
  }
}

cv::Mat FrameStyle::apply(const cv::Mat& srgb) { return apply(std::vector<cv::Mat>{srgb}).front(); }

std::vector<cv::Mat> FrameStyle::apply(const std::vector<cv::Mat>& srgb) {
  const cv::Size size = srgb.front().size();
  const cv::Size padded(suitable_side(manifest_, size.width),
                        suitable_side(manifest_, size.height));
  require_memory_for(padded, srgb.size());
  if (srgb.size() == 1) {
    return {apply_by_rows(srgb.front(), padded)};
  }
  // Pictures lie below each other, which is one batch in memory.
  const auto count = static_cast<int>(srgb.size());
  cv::Mat input(padded.height * count, padded.width, CV_32FC3);
  const auto part = [&padded](const cv::Mat& stack, int i) {
    return stack.rowRange(i * padded.height, (i + 1) * padded.height);
  };
  for (int i = 0; i < count; ++i) {
    CV_Assert(srgb[static_cast<std::size_t>(i)].size() == size);
    const cv::Mat values = to_network(srgb[static_cast<std::size_t>(i)], manifest_.input_range);
    cv::copyMakeBorder(values, part(input, i), 0, padded.height - size.height, 0,
                       padded.width - size.width, cv::BORDER_REFLECT_101);
  }
  cv::Mat output(input.size(), CV_32FC3);
  const std::size_t values = input.total() * 3;
  network_.run({input.ptr<float>(), values}, count, padded.height, padded.width,
               {output.ptr<float>(), values});
  largest_run_ = std::max(largest_run_, pixels_of(padded) * srgb.size());
  if (!cv::checkRange(output)) {
    throw_no_numbers(manifest_);
  }
  std::vector<cv::Mat> styled;
  styled.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    styled.push_back(from_network(part(output, i)(cv::Rect({0, 0}, size)), manifest_,
                                  srgb[static_cast<std::size_t>(i)].depth()));
  }
  return styled;
}

// The network takes what it needs of the picture and gives what is ready: in floats, neither is
// ever there as a whole.
cv::Mat FrameStyle::apply_by_rows(const cv::Mat& srgb, cv::Size padded) {
  cv::Mat styled(srgb.size(), srgb.type());
  std::atomic<bool> has_only_numbers = true;
  const auto row = static_cast<std::ptrdiff_t>(padded.width) * 3;
  const auto read = [&](std::int64_t first, std::int64_t count, float* to) {
    for (std::int64_t i = 0; i < count; ++i) {
      read_row(srgb, static_cast<int>(first + i), padded.width, manifest_.input_range,
               to + i * row);
    }
  };
  const auto write = [&](std::int64_t first, std::int64_t count, const float* from) {
    const int top = static_cast<int>(first);
    const int rows = std::min(static_cast<int>(count), srgb.rows - top);
    if (rows <= 0) {
      return;
    }
    // Only read.
    const cv::Mat values(rows, padded.width, CV_32FC3, const_cast<float*>(from));
    if (!cv::checkRange(values)) {
      has_only_numbers = false;
    }
    from_network(values.colRange(0, srgb.cols), manifest_, srgb.depth())
        .copyTo(styled.rowRange(top, top + rows));
  };
  // Its pages are not there before they are written.
  const std::size_t free = memory_for_work(memory_.most, network_.reusable_memory());
  const std::size_t drawn = std::min(free / 2, styled.total() * styled.elemSize());
  network_.limit({.memory = free - drawn, .tiling = memory_.tiling});
  network_.run(padded.height, padded.width, {.read = read, .write = write});
  if (memory_.tiling == Tiling::kOff || !network_.stays_within_limits()) {
    largest_run_ = std::max(largest_run_, pixels_of(padded));
  }
  if (!has_only_numbers) {
    throw_no_numbers(manifest_);
  }
  return styled;
}

}  // namespace stylize
