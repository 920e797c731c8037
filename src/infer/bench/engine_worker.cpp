// Times FrameNetwork on one picture size, for scripts/bench: as a worker that answers each line
// `run` with the milliseconds of one forward (--serve), or alone for a fixed number of runs.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/infer/allocator.h"
#include "stylize/infer/frame_network.h"

namespace {

using stylize::Error;
using stylize::ErrorCode;

struct Options {
  std::string model;
  int height = 512;
  int width = 512;
  int threads = 0;
  int runs = 10;
  std::string device = "cpu";
  std::string precision = "auto";
  bool serve = false;
};

constexpr const char* kUsage =
    "usage: stylize_infer_bench --model FILE [--height H] [--width W] [--threads N]\n"
    "                           [--device D] [--precision P] [--runs N | --serve]\n";

int to_int(const std::string& text) {
  int value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::kUsage, text, "is not a number");
  }
  return value;
}

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  const std::map<std::string, std::string*> texts{{"--model", &options.model},
                                                  {"--device", &options.device},
                                                  {"--precision", &options.precision}};
  const std::map<std::string, int*> numbers{{"--height", &options.height},
                                            {"--width", &options.width},
                                            {"--threads", &options.threads},
                                            {"--runs", &options.runs}};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name == "--serve") {
      options.serve = true;
      continue;
    }
    if (i + 1 == arguments.size()) {
      throw Error(ErrorCode::kUsage, name, "needs a value");
    }
    const std::string& value = arguments[++i];
    if (const auto text = texts.find(name); text != texts.end()) {
      *text->second = value;
    } else if (const auto number = numbers.find(name); number != numbers.end()) {
      *number->second = to_int(value);
    } else {
      throw Error(ErrorCode::kUsage, name, "unknown option");
    }
  }
  if (options.model.empty()) {
    throw Error(ErrorCode::kUsage, "--model", "is needed");
  }
  return options;
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// A network with its input, ready to be timed.
class Subject {
 public:
  Subject(const Options& options, const stylize::Device& device, stylize::Precision precision)
      : height_(options.height),
        width_(options.width),
        network_(options.model, device, precision),
        input_(static_cast<std::size_t>(height_) * static_cast<std::size_t>(width_) * 3),
        output_(input_.size()) {
    std::mt19937 generator(1);
    std::uniform_real_distribution<float> uniform(0.0F, 1.0F);
    std::generate(input_.begin(), input_.end(), [&] { return uniform(generator); });
  }

  double run() {
    const auto start = std::chrono::steady_clock::now();
    network_.run(input_, 1, height_, width_, output_);
    return milliseconds_since(start);
  }

 private:
  int height_;
  int width_;
  stylize::FrameNetwork network_;
  std::vector<float> input_;
  std::vector<float> output_;
};

void serve(Subject& subject) {
  std::string line;
  while (std::getline(std::cin, line) && line != "quit") {
    if (line == "run") {
      std::printf("{\"ms\": %.3f}\n", subject.run());
      std::fflush(stdout);
    }
  }
}

void run_alone(Subject& subject, int runs) {
  constexpr int kWarmUps = 3;
  for (int i = 0; i < kWarmUps; ++i) {
    subject.run();
  }
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(runs));
  for (int i = 0; i < runs; ++i) {
    times.push_back(subject.run());
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"median_ms\": %.3f, \"min_ms\": %.3f, \"max_ms\": %.3f, \"runs\": %d}\n",
              times.at(times.size() / 2), times.front(), times.back(), runs);
}

void bench(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const stylize::Device device = stylize::resolve_device(stylize::parse_device(options.device));
  const stylize::Precision precision = stylize::resolve_precision(
      stylize::parse_precision(options.precision), device, stylize::detect_cpu_features());
  const int threads = stylize::set_compute_threads(options.threads);
  Subject subject(options, device, precision);
  std::printf(
      "{\"ready\": true, \"engine\": \"stylize\", \"device\": \"%s\", \"precision\": \"%s\", "
      "\"threads\": %d, \"load_ms\": %.1f}\n",
      device.name().c_str(), std::string(precision_name(precision)).c_str(), threads,
      milliseconds_since(start));
  std::fflush(stdout);
  if (options.serve) {
    serve(subject);
  } else {
    run_alone(subject, std::max(1, options.runs));
  }
}

}  // namespace

int main(int argc, char** argv) {
  stylize::tune_allocator();
  try {
    bench(parse({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "error: %s\n%s", exception.what(), kUsage);
    return 1;
  }
}
