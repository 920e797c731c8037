#include "stylize/pipeline/batch_runner.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/image_io.h"

namespace stylize {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kMemoryRemedy = "use a smaller --work-size or --max-size";

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

void write(const Job& job, std::span<const std::byte> bytes) {
  if (job.writes_stdout()) {
    write_to_stdout(bytes);
    return;
  }
  make_folder(job.output);
  write_file_atomically(job.output, bytes, job.overwrite ? Overwrite::kYes : Overwrite::kNo);
}

void save(const Job& job, const Image& image, const BatchOptions& options) {
  const EncodeOptions encoding{.format = job.format.value_or(image.format),
                               .quality = options.quality,
                               .strip = options.strip};
  write(job, encode_image(image, encoding, job.output_name()));
}

// The input as it is; encoded again only where its bytes cannot serve.
void copy(const Job& job, const Image& image, const BatchOptions& options) {
  const bool same_format = job.format.value_or(image.format) == image.format;
  if (job.reads_stdin() || !same_format || options.strip) {
    save(job, image, options);
    return;
  }
  std::ifstream file(job.input, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    throw Error(ErrorCode::kInputMissing, job.input_name(), "cannot be read");
  }
  write(job, std::as_bytes(std::span(bytes)));
}

void put_out(const Job& job, const StyledPicture& styled, const BatchOptions& options,
             JobResult& result) {
  switch (styled.kind) {
    case StyledPicture::Kind::kNothing: result.status = JobStatus::kSkipped; return;
    case StyledPicture::Kind::kUnchanged:
      result.status = JobStatus::kCopied;
      copy(job, styled.image, options);
      break;
    case StyledPicture::Kind::kStyled: save(job, styled.image, options); break;
  }
  result.width = styled.image.rgb.cols;
  result.height = styled.image.rgb.rows;
}

void process(const Job& job, const StylizeFunction& stylize, const BatchOptions& options,
             JobResult& result) {
  const Clock::time_point start = Clock::now();
  Image image = load(job);
  const Clock::time_point loaded = Clock::now();
  StyledPicture styled = stylize(std::move(image));
  const Clock::time_point styled_at = Clock::now();
  put_out(job, styled, options, result);
  result.times = {.load = milliseconds(start, loaded),
                  .detect = styled.detect_ms,
                  .infer = milliseconds(loaded, styled_at) - styled.detect_ms,
                  .save = milliseconds(styled_at, Clock::now())};
  result.faces = std::move(styled.faces);
  result.note = std::move(styled.note);
}

JobResult run_job(const Job& job, const StylizeFunction& stylize, const BatchOptions& options) {
  JobResult result;
  result.job = job;
  if (job.skip) {
    result.status = JobStatus::kSkipped;
    result.note = job.output_name() + " exists already";
    return result;
  }
  result.failure = run_isolated(job.input_name(), kMemoryRemedy,
                                [&] { process(job, stylize, options, result); });
  if (result.failure) {
    result.status = JobStatus::kFailed;
  }
  return result;
}

void count(const JobResult& result, BatchSummary& summary) {
  switch (result.status) {
    case JobStatus::kDone: ++summary.done; break;
    case JobStatus::kSkipped: ++summary.skipped; break;
    case JobStatus::kCopied: ++summary.copied; break;
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
