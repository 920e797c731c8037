#include "merge_reports.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <span>
#include <vector>

#include "exit_codes.h"
#include "json_lines.h"
#include "result_printer.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/media/atomic_file.h"

namespace stylize::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ShardReports {
  int count = 0;
  std::map<int, fs::path> files;  // by index
};

ShardReports find_reports(const fs::path& report) {
  ShardReports found;
  const std::regex shard(R"((\d{1,7})-of-(\d{1,7}))");
  const std::string stem = report.stem().string() + ".";
  const std::string ending = report.extension().string();
  const fs::path folder = report.has_parent_path() ? report.parent_path() : fs::path(".");
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::smatch numbers;
    if (!name.starts_with(stem) || !name.ends_with(ending) ||
        name.size() < stem.size() + ending.size()) {
      continue;
    }
    const std::string middle = name.substr(stem.size(), name.size() - stem.size() - ending.size());
    if (!std::regex_match(middle, numbers, shard)) {
      continue;
    }
    const int count = std::stoi(numbers[2]);
    if (found.count != 0 && found.count != count) {
      throw Error(
          ErrorCode::kUsage, report.string(),
          fmt::format("there are reports of runs with {} and with {} shards", found.count, count),
          "remove those of the older run");
    }
    found.count = count;
    found.files[std::stoi(numbers[1])] = entry->path();
  }
  if (found.files.empty()) {
    throw Error(ErrorCode::kUsage, "--merge-reports " + report.string(),
                "there are no reports of shards beside it",
                "they are named " + shard_report_name(report.string(), "1-of-N"));
  }
  return found;
}

// Several shards may report one input: each those folders that it could not read.
int rank(const Json& entry) {
  const std::string status = entry.at("status");
  if (status == "done" || status == "copied") return 2;
  return status == "skipped" ? 1 : 0;
}

struct Merged {
  std::map<std::string, Json> entries;  // by input
  BatchSummary summary;
  double seconds = 0.0;  // of the shard that took longest
};

void add_report(const fs::path& file, Merged& merged) {
  std::ifstream lines(file);
  std::set<std::string> inputs;
  int repeated = 0;  // inputs that another shard has reported already
  int planned = 0;   // that the shard was to do; known to finished ones only
  bool finished = false;
  for (std::string text; std::getline(lines, text);) {
    try {
      const Json line = Json::parse(text);
      if (line.contains("summary")) {
        const Json& summary = line["summary"];
        merged.summary.interrupted |= summary.at("interrupted").get<bool>();
        merged.seconds = std::max(merged.seconds, summary.at("seconds").get<double>());
        planned = summary.at("total").get<int>();
        finished = true;
        continue;
      }
      const std::string input = line.at("input");
      const int own_rank = rank(line);
      const auto [place, is_new] = merged.entries.emplace(input, line);
      repeated += inputs.insert(input).second && !is_new ? 1 : 0;
      if (!is_new && own_rank > rank(place->second)) {
        place->second = line;
      }
    } catch (const Json::exception&) {
      if (lines.eof()) {
        break;  // a line without its end: the shard was killed at it
      }
      throw Error(ErrorCode::kInputCorrupt, file.string(), "is no report of stylize");
    }
  }
  // The shards' files are their own, so the totals add up, but for what several report.
  merged.summary.total += std::max(planned, static_cast<int>(inputs.size())) - repeated;
  if (!finished) {
    log_warning(file.string() + ": this shard was stopped before its end");
    merged.summary.interrupted = true;
  }
}

void count(Merged& merged) {
  for (const auto& [input, entry] : merged.entries) {
    const std::string status = entry.at("status");
    merged.summary.done += status == "done" ? 1 : 0;
    merged.summary.copied += status == "copied" ? 1 : 0;
    merged.summary.skipped += status == "skipped" ? 1 : 0;
    merged.summary.failed += status == "failed" ? 1 : 0;
  }
}

}  // namespace

std::string shard_report_name(const std::string& report, const std::string& shard) {
  const fs::path path(report);
  return (path.parent_path() / (path.stem().string() + "." + shard + path.extension().string()))
      .string();
}

int merge_reports(const std::string& report) {
  const ShardReports reports = find_reports(report);
  Merged merged;
  for (const auto& [index, file] : reports.files) {
    add_report(file, merged);
  }
  count(merged);
  std::string text;
  for (const auto& [input, entry] : merged.entries) {
    text += to_line(entry) + "\n";
  }
  text += to_line(summary_json(merged.summary, merged.seconds)) + "\n";
  write_file_atomically(report, std::as_bytes(std::span(text)), Overwrite::kYes);
  log_summary(merged.summary, merged.seconds);
  bool missing = false;
  for (int index = 1; index <= reports.count; ++index) {
    if (!reports.files.contains(index)) {
      log_error(fmt::format("the report of shard {}/{} is missing", index, reports.count));
      missing = true;
    }
  }
  const int code = exit_code(merged.summary);
  return missing && code == kAllDone ? kSomeFailed : code;
}

}  // namespace stylize::cli
