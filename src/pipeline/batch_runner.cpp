#include "stylize/pipeline/batch_runner.h"

#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include "stylize/core/log.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/image_io.h"

namespace stylize {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

Image load(const Job& job) {
  Image image = job.reads_stdin() ? read_image_from_stdin() : read_image(job.input);
  if (image.frames > 1) {
    log_warning(job.input_name() + ": holds " + std::to_string(image.frames) +
                " pictures; only the first is used");
  }
  return image;
}

void make_folder(const std::filesystem::path& output) {
  const std::filesystem::path folder = output.parent_path();
  if (folder.empty()) {
    return;
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(ErrorCode::kOutputUnwritable, folder.string(),
                "cannot create the folder: " + error.message());
  }
}

void save(const Job& job, const Image& image, const BatchOptions& options) {
  const EncodeOptions encoding{.format = job.format.value_or(image.format),
                               .quality = options.quality,
                               .strip = options.strip};
  const std::vector<std::byte> bytes = encode_image(image, encoding, job.output_name());
  if (job.writes_stdout()) {
    write_to_stdout(bytes);
    return;
  }
  make_folder(job.output);
  write_file_atomically(job.output, bytes, job.overwrite ? Overwrite::kYes : Overwrite::kNo);
}

void process(const Job& job, const StylizeFunction& stylize, const BatchOptions& options,
             JobResult& result) {
  const Clock::time_point start = Clock::now();
  Image image = load(job);
  const Clock::time_point loaded = Clock::now();
  image = stylize(std::move(image));
  const Clock::time_point styled = Clock::now();
  save(job, image, options);
  result.times = {milliseconds(start, loaded), milliseconds(loaded, styled),
                  milliseconds(styled, Clock::now())};
  result.width = image.rgb.cols;
  result.height = image.rgb.rows;
}

JobFailure failure_of(const Job& job, ErrorCode code, std::string message) {
  const std::string name = job.input_name();
  if (message.compare(0, name.size(), name) != 0) {
    message = name + ": " + message;
  }
  return {code, std::move(message)};
}

JobFailure out_of_memory(const Job& job) {
  return failure_of(job, ErrorCode::kOutOfMemory,
                    "not enough memory for this picture (use a smaller --work-size or --max-size)");
}

JobResult run_job(const Job& job, const StylizeFunction& stylize, const BatchOptions& options) {
  JobResult result;
  result.job = job;
  if (job.skip) {
    result.status = JobStatus::kSkipped;
    return result;
  }
  try {
    process(job, stylize, options, result);
  } catch (const Error& error) {
    result.failure = failure_of(job, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    result.failure = out_of_memory(job);
  } catch (const cv::Exception& exception) {
    result.failure = exception.code == cv::Error::StsNoMem
                         ? out_of_memory(job)
                         : failure_of(job, ErrorCode::kInternal, exception.err);
  } catch (const std::exception& exception) {
    result.failure = failure_of(job, ErrorCode::kInternal, exception.what());
  }
  if (result.failure) {
    result.status = JobStatus::kFailed;
  }
  return result;
}

void count(const JobResult& result, BatchSummary& summary) {
  switch (result.status) {
    case JobStatus::kDone: ++summary.done; break;
    case JobStatus::kSkipped: ++summary.skipped; break;
    case JobStatus::kFailed: ++summary.failed; break;
  }
}

}  // namespace

BatchSummary run_batch(const std::vector<Job>& jobs, const StylizeFunction& stylize,
                       const BatchOptions& options, const CancellationToken& cancellation,
                       const BatchObserver& observer) {
  BatchSummary summary;
  summary.total = static_cast<int>(jobs.size());
  for (const Job& job : jobs) {
    if (cancellation.cancelled()) {
      break;
    }
    observer.on_start(job);
    const JobResult result = run_job(job, stylize, options);
    count(result, summary);
    observer.on_result(result);
    if (options.fail_fast && summary.failed > 0) {
      break;
    }
  }
  summary.interrupted = cancellation.cancelled();
  return summary;
}

}  // namespace stylize
