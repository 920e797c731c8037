// The results of `stylize bench` as JSON and as a table.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stylize::cli {

using Json = nlohmann::ordered_json;

// One combination as measured: style, width, height, precision, batch, device, threads, load_ms,
// first_ms, median_ms, p95_ms, images_per_second, runs, peak_mb; and with compare_with
// before_median_ms and ratio.
using BenchRow = Json;

// The rows of an earlier run's JSON. Throws Error kInputMissing, kInputCorrupt.
std::vector<BenchRow> read_bench_report(const std::filesystem::path& file);

// Adds to each row the median of the same combination before and the ratio, where there is one.
void compare_with(std::vector<BenchRow>& rows, const std::vector<BenchRow>& before);

// The whole report: version, processor, rows.
std::string bench_json(const std::vector<BenchRow>& rows);
std::string bench_table(const std::vector<BenchRow>& rows);

}  // namespace stylize::cli
