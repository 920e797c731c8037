// What stylize_infer_bench is told on its command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stylize::bench {

struct WorkerOptions {
  std::string model;
  int height = 512;
  int width = 512;
  // A named method instead of a picture network's forward; `shapes` are its arguments, an empty
  // one stands for an empty list of tensors.
  std::string method;
  std::vector<std::vector<std::int64_t>> shapes;
  // Raw little-endian floats: the first argument, and where the result of the last run goes.
  std::string input;
  std::string output;
  int threads = 0;
  int runs = 10;
  std::string device = "cpu";
  std::string precision = "auto";
  std::string engine = "strips";  // or libtorch
  std::string max_memory;         // of the process; empty: a share of what is free
  std::string tile = "auto";      // auto, off or fast
  bool serve = false;
};

extern const char* const kWorkerUsage;

// Throws Error kUsage.
WorkerOptions parse_worker_options(const std::vector<std::string>& arguments);

}  // namespace stylize::bench
