#include "cmd_bench.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "bench_report.h"
#include "compute_choice.h"
#include "config_file.h"
#include "exit_codes.h"
#include "log_sink.h"
#include "shared_options.h"
#include "style_choice.h"
#include "stylize/core/child_process.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/media/atomic_file.h"
#include "stylize/style/benchmark.h"

namespace stylize::cli {
namespace {

constexpr double kMegabyte = 1e6;

constexpr const char* kFooter =
    "Each combination is measured in a process of its own: load, first run, then the runs, of "
    "which\n"
    "the median and the 95th percentile are shown. Reading and writing files is not in it.\n"
    "\n"
    "Examples:\n"
    "  stylize bench                                       the bundled style at two sizes\n"
    "  stylize bench -s cel -s animegan2 --size 1920x1080 --precision fp32 --precision bf16\n"
    "  stylize bench --report before.json; ...; stylize bench --compare before.json";

struct BenchOptions {
  std::vector<std::string> styles{"cel"};
  std::vector<std::string> sizes{"512", "1920x1080"};
  std::vector<std::string> precisions{"auto"};
  std::vector<int> batches{1};
  int runs = 10;
  std::string device = "auto";
  int threads = 0;
  std::string models_dir;
  std::string compare;
  std::string report;
  bool json = false;
  bool quiet = false;
};

struct Combination {
  std::string style;
  std::string size;
  std::string precision;
  int batch = 1;
};

struct Size {
  int width = 0;
  int height = 0;
};

// "512" or "1920x1080".
Size parse_size(const std::string& text) {
  constexpr int kLargest = 1 << 15;
  const auto side = [&text](std::string_view digits) {
    int value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, status] = std::from_chars(digits.data(), end, value);
    if (status != std::errc() || stop != end || value < 1 || value > kLargest) {
      throw Error(ErrorCode::kUsage, "--size " + text,
                  "must be a side or WIDTHxHEIGHT in pixels, at most " + std::to_string(kLargest));
    }
    return value;
  };
  const std::size_t cross = text.find('x');
  const std::string_view view = text;
  const int width = side(view.substr(0, cross));
  return {width, cross == std::string::npos ? width : side(view.substr(cross + 1))};
}

std::vector<Combination> combinations(const BenchOptions& options) {
  std::vector<Combination> all;
  for (const std::string& style : options.styles) {
    for (const std::string& size : options.sizes) {
      for (const std::string& precision : options.precisions) {
        for (const int batch : options.batches) {
          all.push_back({style, size, precision, batch});
        }
      }
    }
  }
  return all;
}

RegisteredStyle find_style(const std::string& name, const BenchOptions& options) {
  const StyleChoice choice = choose_style({.style = name, .models_dir = options.models_dir});
  if (!choice.registered) {
    throw Error(ErrorCode::kUsage, "--style " + name, "only styles with a name can be measured",
                "give it one: stylize models import NAME --from " + name);
  }
  return *choice.registered;
}

BenchRow measure_here(const Combination& combination, const BenchOptions& options) {
  const Size size = parse_size(combination.size);
  const RegisteredStyle style = find_style(combination.style, options);
  const ComputeChoice compute =
      choose_compute({options.device, combination.precision, options.threads});
  const BenchmarkResult result = benchmark_style(style, compute.device, compute.precision,
                                                 {.width = size.width,
                                                  .height = size.height,
                                                  .batch = combination.batch,
                                                  .runs = options.runs});
  return {{"style", style.manifest.name},
          {"width", size.width},
          {"height", size.height},
          {"precision", precision_name(compute.precision)},
          {"batch", combination.batch},
          {"device", compute.device.name()},
          {"threads", compute.threads},
          {"load_ms", result.load_ms},
          {"first_ms", result.first_ms},
          {"median_ms", result.median_ms},
          {"p95_ms", result.p95_ms},
          {"images_per_second", result.images_per_second},
          {"runs", result.runs},
          {"peak_mb", static_cast<double>(result.peak_bytes) / kMegabyte}};
}

// In a process of its own: memory and first runs are those of a fresh one.
std::optional<BenchRow> measure_apart(const Combination& combination, const BenchOptions& options) {
  Command command{std::filesystem::read_symlink("/proc/self/exe").string(),
                  "bench",
                  "--json",
                  "--quiet",
                  "--style=" + combination.style,
                  "--size=" + combination.size,
                  "--precision=" + combination.precision,
                  "--batch=" + std::to_string(combination.batch),
                  "--runs=" + std::to_string(options.runs),
                  "--device=" + options.device,
                  "--threads=" + std::to_string(options.threads)};
  if (!options.models_dir.empty()) {
    command.push_back("--models-dir=" + options.models_dir);
  }
  const ChildOutput output = capture_child(command);
  const Json report = Json::parse(output.out, nullptr, false);
  constexpr int kFirstSignal = 128;
  if (output.code > kFirstSignal) {
    log_error(fmt::format("{}, {}: the measurement was ended by signal {} (out of memory?)",
                          combination.style, combination.size, output.code - kFirstSignal));
    return std::nullopt;
  }
  if (output.code != kAllDone || !report.is_object()) {
    return std::nullopt;  // it has said why
  }
  return report.at("rows").at(0);
}

std::vector<BenchRow> measure(const BenchOptions& options, std::size_t& failed) {
  const std::vector<Combination> all = combinations(options);
  if (all.size() == 1) {
    return {measure_here(all.front(), options)};
  }
  std::vector<BenchRow> rows;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Combination& one = all[i];
    log_info(fmt::format("[{}/{}] {}, {}, {}, batch {}", i + 1, all.size(), one.style, one.size,
                         one.precision, one.batch));
    if (const auto row = measure_apart(one, options)) {
      rows.push_back(*row);
    } else {
      ++failed;
    }
  }
  return rows;
}

void add_options(CLI::App& app, BenchOptions& options) {
  app.add_option("-s,--style", options.styles, "Styles, by name")
      ->type_name("NAME")
      ->default_str("cel");
  app.add_option("--size", options.sizes, "Sizes in pixels: a side, or WIDTHxHEIGHT")
      ->type_name("PX|WxH")
      ->default_str("512 1920x1080");
  add_precision_option(app, options.precisions);
  app.add_option("--batch", options.batches, "Pictures at once")
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->default_str("1");
  app.add_option("--runs", options.runs, "Runs to measure; fewer, but 3, where they take over 20 s")
      ->check(CLI::Range(1, 100000))
      ->type_name("N")
      ->capture_default_str();
  add_device_option(app, options.device);
  add_threads_option(app, options.threads);
  add_models_dir_option(app, options.models_dir);
  app.add_option("--compare", options.compare, "Show the ratio to an earlier --report")
      ->type_name("FILE");
  app.add_option("--report", options.report, "Write the results as JSON to a file")
      ->type_name("FILE");
  app.add_flag("--json", options.json, "The results as JSON on standard output");
  app.add_flag("--quiet", options.quiet, "Say only what went wrong");
  add_config_option(app, true);
  app.footer(kFooter);
}

void check(const BenchOptions& options) {
  for (const std::string& size : options.sizes) {
    static_cast<void>(parse_size(size));
  }
  for (const std::string& precision : options.precisions) {
    static_cast<void>(parse_precision(precision));
  }
  for (const std::string& style : options.styles) {
    static_cast<void>(find_style(style, options));
  }
  const std::filesystem::path folder = std::filesystem::path(options.report).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder)) {
    throw Error(ErrorCode::kUsage, "--report " + options.report, "its folder does not exist");
  }
}

int run(const BenchOptions& options) {
  install_log_sink(options.quiet ? Verbosity::kQuiet : Verbosity::kNormal);
  check(options);
  std::vector<BenchRow> before;
  if (!options.compare.empty()) {
    before = read_bench_report(options.compare);
  }
  std::size_t failed = 0;
  std::vector<BenchRow> rows = measure(options, failed);
  compare_with(rows, before);
  std::fputs((options.json ? bench_json(rows) : bench_table(rows)).c_str(), stdout);
  std::fflush(stdout);  // whatever happens to the report
  if (!options.report.empty()) {
    const std::string text = bench_json(rows);
    write_file_atomically(options.report, std::as_bytes(std::span(text)), Overwrite::kYes);
  }
  if (failed == 0) {
    return kAllDone;
  }
  return rows.empty() ? kNothingDone : kSomeFailed;
}

}  // namespace

DeclaredCommand bench_command() {
  return make_command<BenchOptions>(
      "stylize bench", "Measures speed and memory of styles on this machine.", add_options, run);
}

}  // namespace stylize::cli
