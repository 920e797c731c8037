#include "worker_options.h"

#include <charconv>
#include <map>
#include <sstream>

#include "stylize/core/byte_size.h"
#include "stylize/core/error.h"

namespace stylize::bench {
namespace {

constexpr const char* kEmptyList = "[]";

int to_int(const std::string& text) {
  int value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::kUsage, text, "is not a number");
  }
  return value;
}

// "1,18,512"
std::vector<std::int64_t> to_shape(const std::string& text) {
  std::vector<std::int64_t> shape;
  if (text == kEmptyList) {
    return shape;
  }
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    shape.push_back(to_int(part));
    if (shape.back() < 1) {
      throw Error(ErrorCode::kUsage, text, "is not a shape");
    }
  }
  if (shape.empty()) {
    throw Error(ErrorCode::kUsage, "--shape", "is empty");
  }
  return shape;
}

void check(const WorkerOptions& options) {
  if (options.model.empty()) {
    throw Error(ErrorCode::kUsage, "--model", "is needed");
  }
  if (options.engine != "strips" && options.engine != "libtorch") {
    throw Error(ErrorCode::kUsage, "--engine " + options.engine, "must be strips or libtorch");
  }
  if (!options.max_memory.empty() && !parse_byte_size(options.max_memory)) {
    throw Error(ErrorCode::kUsage, "--max-memory " + options.max_memory, "is no size");
  }
  if (options.method.empty()) {
    if (!options.shapes.empty() || !options.input.empty() || !options.output.empty()) {
      throw Error(ErrorCode::kUsage, "--shape, --input, --output", "belong to --method");
    }
  } else if (options.shapes.empty() || options.shapes.front().empty()) {
    throw Error(ErrorCode::kUsage, "--method", "needs the --shape of its first argument");
  }
}

}  // namespace

const char* const kWorkerUsage =
    "usage: stylize_infer_bench --model FILE [--height H] [--width W] [--threads N]\n"
    "                           [--device D] [--precision P] [--engine strips|libtorch]\n"
    "                           [--max-memory BYTES] [--tile auto|off|fast]\n"
    "                           [--runs N | --serve]\n"
    "       with a method instead of a picture: --method NAME --shape 1,18,512 [--shape []]\n"
    "                           [--input FILE.f32] [--output FILE.f32]\n";

WorkerOptions parse_worker_options(const std::vector<std::string>& arguments) {
  WorkerOptions options;
  const std::map<std::string, std::string*> texts{
      {"--model", &options.model},   {"--method", &options.method},
      {"--input", &options.input},   {"--output", &options.output},
      {"--device", &options.device}, {"--precision", &options.precision},
      {"--engine", &options.engine}, {"--max-memory", &options.max_memory},
      {"--tile", &options.tile}};
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
    } else if (name == "--shape") {
      options.shapes.push_back(to_shape(value));
    } else {
      throw Error(ErrorCode::kUsage, name, "unknown option");
    }
  }
  check(options);
  return options;
}

}  // namespace stylize::bench
