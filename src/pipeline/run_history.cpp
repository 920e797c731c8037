#include "stylize/pipeline/run_history.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "percent_encoding.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json faces_json(const std::vector<Face>& faces) {
  Json list = Json::array();
  for (const Face& face : faces) {
    list.push_back({face.box.x, face.box.y, face.box.width, face.box.height, face.confidence});
  }
  return list;
}

std::vector<Face> parse_faces(const Json& list) {
  constexpr std::size_t kNumbers = 5;
  std::vector<Face> faces;
  for (const Json& numbers : list) {
    if (numbers.size() == kNumbers) {
      Face face;
      face.box = {numbers[0], numbers[1], numbers[2], numbers[3]};
      face.confidence = numbers[4];
      faces.push_back(face);
    }
  }
  return faces;
}

RunRecord parse_record(const std::string& job, const Json& line) {
  RunRecord record;
  record.job = job;
  record.key = line.at("key");
  record.output = percent_decode(line.at("output").get<std::string>());
  record.status = line.at("status");
  record.note = line.value("note", "");
  record.size = line.at("size");
  record.width = line.value("width", 0);
  record.height = line.value("height", 0);
  record.faces = parse_faces(line.value("faces", Json::array()));
  return record;
}

}  // namespace

fs::path run_state_folder(const fs::path& output_folder) { return output_folder / ".stylize"; }

std::string record_line(const RunRecord& record, std::int64_t at) {
  const Json line{{"job", percent_encode(record.job)},
                  {"key", record.key},
                  {"output", percent_encode(record.output)},
                  {"status", record.status},
                  {"note", record.note},
                  {"size", record.size},
                  {"width", record.width},
                  {"height", record.height},
                  {"faces", faces_json(record.faces)},
                  {"at", at}};
  return line.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::string begin_line(std::string_view job, std::string_view output, std::uintmax_t size,
                       std::int64_t at) {
  const Json line{
      {"job", percent_encode(job)}, {"begin", percent_encode(output)}, {"size", size}, {"at", at}};
  return line.dump() + "\n";
}

RunHistory::RunHistory(const fs::path& output_folder) : folder_(output_folder) {
  // Shards of any number write files of their own; a run without shards sees what they have done.
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(run_state_folder(output_folder), error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".jsonl") {
      files.push_back(entry->path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    read(file);
  }
}

void RunHistory::read(const fs::path& file) {
  std::ifstream lines(file, std::ios::binary);
  std::int64_t now = 0;
  for (std::string text; std::getline(lines, text);) {
    try {
      const Json line = Json::parse(text);
      const std::string job = percent_decode(line.at("job").get<std::string>());
      now = std::max(now, line.at("at").get<std::int64_t>());  // clocks are set back at times
      const bool begins = line.contains("begin");
      const RunRecord record = begins ? RunRecord() : parse_record(job, line);
      const std::string output =
          begins ? percent_decode(line.at("begin").get<std::string>()) : record.output;
      const std::uintmax_t size = line.at("size");
      Known& known = jobs_[job][output];
      if (now < known.at) {
        continue;  // another file, of another run or shard, knows better
      }
      known.at = now;
      if (begins) {
        known.begun.push_back(size);
      } else {
        known.begun.clear();
        known.record = record;
      }
    } catch (const Json::exception&) {
      // The last line of a run that was killed. What it told is done again.
    }
  }
}

bool RunHistory::has_size(const std::string& output, std::uintmax_t size) const {
  std::error_code error;
  const std::uintmax_t found = fs::file_size(folder_ / output, error);
  return !error && found == size;
}

const RunRecord* RunHistory::find(const std::string& job, const std::string& output) const {
  const auto outputs = jobs_.find(job);
  if (outputs == jobs_.end()) {
    return nullptr;
  }
  const Known* latest = nullptr;
  for (const std::string& name : {output, std::string()}) {
    const auto known = outputs->second.find(name);
    if (known != outputs->second.end() && (latest == nullptr || known->second.at > latest->at)) {
      latest = &known->second;
    }
  }
  if (latest == nullptr || !latest->record || !latest->begun.empty()) {
    return nullptr;
  }
  const RunRecord& record = *latest->record;
  return record.output.empty() || has_size(record.output, record.size) ? &record : nullptr;
}

bool RunHistory::is_own_output(const std::string& job, const std::string& output) const {
  const auto outputs = jobs_.find(job);
  if (outputs == jobs_.end()) {
    return false;
  }
  const auto known = outputs->second.find(output);
  if (known == outputs->second.end()) {
    return false;
  }
  const auto& [record, begun, at] = known->second;
  const auto is_there = [&](std::uintmax_t size) { return has_size(output, size); };
  return std::any_of(begun.begin(), begun.end(), is_there) || (record && is_there(record->size));
}

}  // namespace stylize
