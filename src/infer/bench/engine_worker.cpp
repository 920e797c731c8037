// Times a network for scripts/bench: as a worker that answers each line `run` with the milliseconds
// of one forward (--serve), or alone for a fixed number of runs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "stylize/infer/allocator.h"
#include "subjects.h"
#include "worker_options.h"

namespace {

using stylize::bench::Subject;
using stylize::bench::WorkerOptions;

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double timed(Subject& subject) {
  const auto start = std::chrono::steady_clock::now();
  subject.run();
  return milliseconds_since(start);
}

void serve(Subject& subject) {
  std::string line;
  while (std::getline(std::cin, line) && line != "quit") {
    if (line == "run") {
      std::printf("{\"ms\": %.3f}\n", timed(subject));
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
    times.push_back(timed(subject));
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"median_ms\": %.3f, \"min_ms\": %.3f, \"max_ms\": %.3f, \"runs\": %d}\n",
              times.at(times.size() / 2), times.front(), times.back(), runs);
}

void bench(const WorkerOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const stylize::Device device = stylize::resolve_device(stylize::parse_device(options.device));
  const stylize::Precision precision = stylize::resolve_precision(
      stylize::parse_precision(options.precision), device, stylize::detect_cpu_features());
  const int threads = stylize::set_compute_threads(options.threads);
  const auto subject = stylize::bench::open_subject(options, device, precision);
  std::printf(
      "{\"ready\": true, \"engine\": \"stylize\", \"device\": \"%s\", \"precision\": \"%s\", "
      "\"threads\": %d, \"load_ms\": %.1f}\n",
      device.name().c_str(), std::string(precision_name(precision)).c_str(), threads,
      milliseconds_since(start));
  std::fflush(stdout);
  if (options.serve) {
    serve(*subject);
  } else {
    run_alone(*subject, std::max(1, options.runs));
  }
}

}  // namespace

int main(int argc, char** argv) {
  stylize::tune_allocator();
  try {
    bench(stylize::bench::parse_worker_options({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "error: %s\n%s", exception.what(), stylize::bench::kWorkerUsage);
    return 1;
  }
}
