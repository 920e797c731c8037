#include "align_paste.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "exit_codes.h"
#include "json_lines.h"
#include "signal_watcher.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/pipeline/face_files.h"
#include "stylize/pipeline/job_planner.h"

namespace stylize::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

fs::path photo_of(const PasteRequest& request, const FaceRecord& record) {
  if (!request.photo.empty()) {
    return request.photo;
  }
  const fs::path photo = (request.record.parent_path() / record.input).lexically_normal();
  std::error_code ignored;
  if (!fs::exists(photo, ignored)) {
    throw Error(ErrorCode::kInputMissing, photo.string(),
                "no such file, which 'input' in " + request.record.string() + " names",
                "name the photo with --input");
  }
  return photo;
}

// The record and the crops are inputs, too.
void check_inputs_survive(const Job& job, std::vector<fs::path> inputs, const fs::path& record) {
  inputs.push_back(record);
  std::error_code ignored;
  for (const fs::path& input : inputs) {
    if (!job.writes_stdout() && fs::equivalent(input, job.output, ignored)) {
      throw Error(ErrorCode::kUsage, job.output.string(),
                  "the output would replace an input; inputs are never modified",
                  "choose another name with -o");
    }
  }
}

void report_paste(const JobResult& result, const std::vector<std::string>& crops, bool json) {
  const std::string input = result.job.input_name();
  const std::string output = result.job.output_name();
  if (result.failure) {
    log_error(result.failure->message);
  } else if (crops.empty()) {
    log_info(fmt::format("{} -> {}  as it was: {}", input, output, result.note));
  } else {
    log_info(fmt::format("{} -> {}  {} of its crops put back", input, output, crops.size()));
  }
  if (!json) {
    return;
  }
  Json object{{"input", input}, {"output", nullptr}, {"status", "failed"}};
  if (result.failure) {
    object["error"] = error_json(*result.failure);
  } else {
    object["output"] = output;
    object["status"] = crops.empty() ? "copied" : "done";
    object["pasted"] = crops;
    object["width"] = result.width;
    object["height"] = result.height;
  }
  print_line(to_line(object));
}

}  // namespace

int paste_crops(const PasteRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  const FaceRecord record = read_face_record(request.record);
  const fs::path photo = photo_of(request, record);
  std::vector<Job> jobs = plan_image_jobs({.inputs = {photo.string()},
                                           .output = request.output.string(),
                                           .format = {},
                                           .style = "pasted",
                                           .on_exists = OnExists::kOverwrite});
  check_inputs_survive(jobs.front(), crop_paths(record, request.record), request.record);
  std::error_code ignored;
  jobs.front().overwrite = request.overwrite;
  if (!request.overwrite && !jobs.front().writes_stdout() &&
      fs::exists(jobs.front().output, ignored)) {
    throw Error(ErrorCode::kOutputExists, jobs.front().output.string(), "exists already",
                "-y overwrites");
  }
  if (request.json && jobs.front().writes_stdout()) {
    throw Error(ErrorCode::kUsage, "--json", "standard output is taken by the picture",
                "name a file with -o");
  }
  std::vector<std::string> crops;
  std::vector<std::unique_ptr<Stylizer>> stylizers;
  stylizers.push_back(make_stylizer([&](Image image) {
    crops = paste_edited_crops(image, record, request.record, request.mask);
    StyledPicture picture = std::move(image);
    if (crops.empty()) {
      picture.kind = StyledPicture::Kind::kUnchanged;
      picture.note = "no crop was edited";
    }
    return picture;
  }));
  CancellationToken cancellation;
  const SignalWatcher watcher(cancellation);
  const BatchSummary summary =
      run_batch(jobs, stylizers, {}, cancellation,
                {[](const Job&) {},
                 [&](const JobResult& result) { report_paste(result, crops, request.json); }});
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (request.json) {
    print_line(to_line(summary_json(summary, elapsed.count())));
  }
  return exit_code(summary);
}

}  // namespace stylize::cli
