#include "stylize/style/benchmark.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

#include "memory_check.h"
#include "stylize/core/memory_info.h"
#include "stylize/infer/frame_network.h"

namespace stylize {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFewestRuns = 3;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A picture-like input: waves of several lengths over the network's range.
std::vector<float> make_input(std::size_t pixels, int width, ValueRange range) {
  std::vector<float> values(pixels * 3);
  const float middle = (range.low + range.high) / 2.0F;
  const float reach = (range.high - range.low) / 2.0F;
  for (std::size_t i = 0; i < pixels; ++i) {
    const auto x = static_cast<float>(i % static_cast<std::size_t>(width));
    const std::size_t row = i / static_cast<std::size_t>(width);
    const auto y = static_cast<float>(row);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const auto phase = static_cast<float>(channel);
      const float wave = std::sin(x / 37.0F + phase) * std::sin(y / 23.0F + phase);
      values[i * 3 + channel] = middle + reach * wave;
    }
  }
  return values;
}

// The value that a share `rank` of the sorted times does not exceed (nearest rank).
double percentile(const std::vector<double>& sorted, double rank) {
  const double index = std::ceil(rank * static_cast<double>(sorted.size())) - 1.0;
  return sorted[static_cast<std::size_t>(std::max(index, 0.0))];
}

double median(const std::vector<double>& sorted) {
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
}

}  // namespace

BenchmarkResult benchmark_style(const RegisteredStyle& style, const Device& device,
                                Precision precision, const BenchmarkSettings& settings) {
  BenchmarkResult result;
  const Clock::time_point load_start = Clock::now();
  verify_model_file(style);
  FrameNetwork network(style.model_path.string(), device, precision);
  result.load_ms = milliseconds_since(load_start);

  const int width = suitable_side(style.manifest, settings.width);
  const int height = suitable_side(style.manifest, settings.height);
  const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                             static_cast<std::size_t>(settings.batch);
  if (settings.batch > 1 || !network.stays_within_limits()) {
    require_memory("this run", network.peak_bytes_per_pixel() * pixels,
                   "measure a smaller --size or --batch");
  }
  network.limit({.memory = memory_for_work({})});
  const std::vector<float> input = make_input(pixels, width, style.manifest.input_range);
  std::vector<float> output(input.size());
  const auto run_once = [&] {
    const Clock::time_point start = Clock::now();
    network.run(input, settings.batch, height, width, output);
    return milliseconds_since(start);
  };

  result.first_ms = run_once();
  std::vector<double> times;
  const Clock::time_point start = Clock::now();
  for (int run = 0; run < settings.runs; ++run) {
    if (run >= kFewestRuns && milliseconds_since(start) > settings.max_seconds * 1e3) {
      break;
    }
    times.push_back(run_once());
  }
  std::sort(times.begin(), times.end());
  result.runs = static_cast<int>(times.size());
  result.median_ms = median(times);
  result.p95_ms = percentile(times, 0.95);
  result.images_per_second = settings.batch / result.median_ms * 1e3;
  result.peak_bytes =
      device.kind == DeviceKind::kCpu ? peak_resident_memory() : peak_device_memory(device);
  return result;
}

}  // namespace stylize
