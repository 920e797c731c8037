#include "bench_report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "stylize/core/error.h"
#include "stylize/infer/cpu_features.h"

namespace stylize::cli {
namespace {

// What makes two rows the same measurement.
constexpr std::array kIdentity{"style", "width",  "height", "precision",
                               "batch", "device", "threads"};

bool is_same_measurement(const BenchRow& left, const BenchRow& right) {
  return std::all_of(kIdentity.begin(), kIdentity.end(), [&](const char* key) {
    return left.value(key, Json()) == right.value(key, Json());
  });
}

bool is_report(const Json& report) {
  return report.is_object() && report.contains("rows") && report.at("rows").is_array() &&
         std::all_of(report.at("rows").begin(), report.at("rows").end(), [](const Json& row) {
           return row.is_object() && row.contains("median_ms") && row.at("median_ms").is_number();
         });
}

std::string number(const BenchRow& row, const char* key, const char* format) {
  const auto value = row.find(key);
  return value == row.end() || !value->is_number()
             ? "-"
             : fmt::format(fmt::runtime(format), value->get<double>());
}

using Cells = std::vector<std::string>;

Cells cells_of(const BenchRow& row, bool compared) {
  Cells cells{row.value("style", ""),
              fmt::format("{}x{}", row.value("width", 0), row.value("height", 0)),
              row.value("device", ""),
              row.value("precision", ""),
              fmt::format("{}", row.value("batch", 0)),
              number(row, "first_ms", "{:.0f}"),
              number(row, "median_ms", "{:.1f}"),
              number(row, "p95_ms", "{:.1f}"),
              number(row, "images_per_second", "{:.2f}"),
              number(row, "peak_mb", "{:.0f}")};
  if (compared) {
    cells.push_back(number(row, "before_median_ms", "{:.1f}"));
    cells.push_back(number(row, "ratio", "{:.2f}"));
  }
  return cells;
}

std::string table_of(const std::vector<Cells>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Cells& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], row[column].size());
    }
  }
  std::string text;
  constexpr std::size_t kWords = 4;  // these columns hold words, the others numbers
  for (const Cells& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      text += column < kWords ? fmt::format("{:<{}}  ", row[column], widths[column])
                              : fmt::format("{:>{}}  ", row[column], widths[column]);
    }
    text.resize(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace

std::vector<BenchRow> read_bench_report(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) {
    throw Error(ErrorCode::kInputMissing, file.string(), "cannot be read");
  }
  const Json report = Json::parse(stream, nullptr, false);
  if (!is_report(report)) {
    throw Error(ErrorCode::kInputCorrupt, file.string(), "is not a report of stylize bench",
                "make one with: stylize bench --report FILE");
  }
  return report.at("rows").get<std::vector<BenchRow>>();
}

void compare_with(std::vector<BenchRow>& rows, const std::vector<BenchRow>& before) {
  for (BenchRow& row : rows) {
    const auto old = std::find_if(before.begin(), before.end(), [&row](const BenchRow& other) {
      return is_same_measurement(row, other);
    });
    if (old == before.end() || !row.contains("median_ms")) {
      continue;
    }
    const double old_median = old->value("median_ms", 0.0);
    if (old_median > 0.0) {
      row["before_median_ms"] = old_median;
      row["ratio"] = row.at("median_ms").get<double>() / old_median;
    }
  }
}

std::string bench_json(const std::vector<BenchRow>& rows) {
  const Json report{
      {"version", STYLIZE_VERSION}, {"processor", describe(detect_cpu_features())}, {"rows", rows}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string bench_table(const std::vector<BenchRow>& rows) {
  const bool compared = std::any_of(rows.begin(), rows.end(),
                                    [](const BenchRow& row) { return row.contains("ratio"); });
  std::vector<Cells> table{{"STYLE", "SIZE", "DEVICE", "PRECISION", "BATCH", "FIRST ms",
                            "MEDIAN ms", "P95 ms", "IMAGES/s", "PEAK MB"}};
  if (compared) {
    table.front().insert(table.front().end(), {"BEFORE ms", "NOW/BEFORE"});
  }
  for (const BenchRow& row : rows) {
    table.push_back(cells_of(row, compared));
  }
  return table_of(table);
}

}  // namespace stylize::cli
