#include "batch_job.h"

#include <chrono>
#include <span>
#include <system_error>
#include <utility>

#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/media/atomic_file.h"
#include "stylize/media/image_io.h"
#include "stylize/media/image_probe.h"
#include "stylize/media/make_folder.h"
#include "stylize/pipeline/run_history.h"
#include "stylize/pipeline/run_journal.h"
#include "stylize/style/file_hash.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kMemoryRemedy = "use a smaller --work-size or --max-size";
// A picture exists as decoded, as drawn, and while it is encoded.
constexpr std::size_t kCopiesInFlight = 3;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

bool is_animation(ImageFormat format) {
  return format == ImageFormat::kGif || format == ImageFormat::kWebp;
}

Image read(const Job& job) {
  Image image = job.reads_stdin() ? read_image_from_stdin() : read_image(job.input);
  if (image.frames > 1) {
    log_warning(job.input_name() + ": holds " + std::to_string(image.frames) +
                " pictures; only the first is used" +
                (is_animation(image.format) ? " (stylize video draws all of them)" : ""));
  }
  return image;
}

Overwrite overwrite(const Job& job) { return job.overwrite ? Overwrite::kYes : Overwrite::kNo; }

}  // namespace

BatchJob::BatchJob(const Job& job, const BatchOptions& options) : options_(&options) {
  result_.job = job;
}

template <typename Step>
bool BatchJob::attempt(const Step& step) {
  result_.failure = run_isolated(job().input_name(), kMemoryRemedy, step);
  if (result_.failure) {
    result_.status = JobStatus::kFailed;
    work_.reset();
  }
  return !failed();
}

// --- before the network ---

void BatchJob::find_key() {
  try {
    const std::string text =
        sha256_of_file(job().input) + (job().copy ? "" : options_->resume->parameters);
    key_ = sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  } catch (const Error&) {
    key_.clear();  // reading it as a picture says why
  }
}

bool BatchJob::skip_if_up_to_date() {
  const RunRecord* record = options_->resume->history->find(job().id, job().output_id);
  if (options_->resume->redo || record == nullptr || key_.empty() || record->key != key_) {
    return false;
  }
  result_.status = JobStatus::kSkipped;
  result_.note = record->output.empty() ? record->note : "up to date";
  result_.width = record->width;
  result_.height = record->height;
  result_.faces = record->faces;
  return true;
}

bool BatchJob::settle_without_drawing() {
  if (job().skip) {
    result_.status = JobStatus::kSkipped;
    result_.note = job().output_name() + " exists already";
    return true;
  }
  if (options_->resume) {
    find_key();
    if (skip_if_up_to_date()) {
      return true;
    }
  }
  if (!job().copy) {
    return false;
  }
  attempt([this] {
    result_.status = JobStatus::kCopied;
    result_.note = "not a picture";
    copy_file();
    write_record();
  });
  return true;
}

std::size_t BatchJob::memory_needed() const {
  if (job().reads_stdin()) {
    return 0;  // known only once it is read
  }
  const std::optional<ImageProbe> probe = probe_image(job().input);
  return probe ? probe->decoded_bytes * kCopiesInFlight : 0;
}

bool BatchJob::load(const Stylizer& stylizer) {
  return attempt([&] {
    const Clock::time_point start = Clock::now();
    Image image = read(job());
    result_.times.load = milliseconds_since(start);
    const Clock::time_point read_at = Clock::now();
    work_ = stylizer.prepare(std::move(image));
    result_.times.infer = milliseconds_since(read_at);
  });
}

// --- the network ---

void draw(std::vector<BatchJob>& group, Stylizer& stylizer) {
  std::vector<Stylizer::Work*> works;
  works.reserve(group.size());
  for (const BatchJob& job : group) {
    works.push_back(job.work_.get());
  }
  const Clock::time_point start = Clock::now();
  if (group.size() > 1) {
    const auto failure = run_isolated({}, kMemoryRemedy, [&] { stylizer.run(works); });
    const double share = milliseconds_since(start) / static_cast<double>(group.size());
    if (!failure) {
      for (BatchJob& job : group) {
        job.result_.times.infer += share;
      }
      return;
    }
    log_debug("a batch failed and is drawn one by one: " + failure->message);
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    const Clock::time_point begun = Clock::now();
    group[i].attempt([&] { stylizer.run({&works[i], 1}); });
    group[i].result_.times.infer += milliseconds_since(begun);
  }
}

// --- after the network ---

fs::path BatchJob::temporary_folder() const {
  return options_->resume ? options_->resume->journal->temporary_folder() : fs::path();
}

void BatchJob::begin_output(std::uintmax_t size) {
  make_folder(job().output.parent_path());
  if (options_->resume) {
    options_->resume->journal->begin(job().id, job().output_id, size);
  }
}

void BatchJob::copy_file() {
  if (job().writes_stdout()) {
    copy_file_to_stdout(job().input);
    return;
  }
  std::error_code ignored;  // copying says what is wrong
  begin_output(fs::file_size(job().input, ignored));
  copy_file_atomically(job().input, job().output, overwrite(job()), temporary_folder());
}

void BatchJob::encode(const Image& image) {
  const EncodeOptions encoding{.format = job().format.value_or(image.format),
                               .quality = options_->quality,
                               .strip = options_->strip};
  const std::vector<std::byte> bytes = encode_image(image, encoding, job().output_name());
  if (job().writes_stdout()) {
    write_to_stdout(bytes);
    return;
  }
  begin_output(bytes.size());
  write_file_atomically(job().output, bytes, overwrite(job()), temporary_folder());
}

// The input as it is; encoded again only where its bytes cannot serve.
void BatchJob::copy_input(const StyledPicture& unchanged) {
  const bool same_format = job().format.value_or(unchanged.image.format) == unchanged.image.format;
  if (job().reads_stdin() || !same_format || options_->strip) {
    encode(unchanged.image);
  } else {
    copy_file();
  }
}

void BatchJob::put_out(const StyledPicture& styled) {
  switch (styled.kind) {
    case StyledPicture::Kind::kNothing: result_.status = JobStatus::kSkipped; return;
    case StyledPicture::Kind::kUnchanged:
      result_.status = JobStatus::kCopied;
      copy_input(styled);
      break;
    case StyledPicture::Kind::kStyled: encode(styled.image); break;
  }
  result_.width = styled.image.rgb.cols;
  result_.height = styled.image.rgb.rows;
}

void BatchJob::write_record() {
  if (!options_->resume || key_.empty()) {
    return;
  }
  RunRecord record{.job = job().id,
                   .key = key_,
                   .output = result_.status == JobStatus::kSkipped ? "" : job().output_id,
                   .status = std::string(job_status_name(result_.status)),
                   .note = result_.note,
                   .width = result_.width,
                   .height = result_.height,
                   .faces = result_.faces};
  if (!record.output.empty()) {
    std::error_code ignored;
    record.size = fs::file_size(job().output, ignored);
  }
  options_->resume->journal->finish(record);
}

void BatchJob::save(const Stylizer& stylizer) {
  attempt([&] {
    const Clock::time_point start = Clock::now();
    StyledPicture styled = stylizer.finish(std::move(work_));
    result_.times.infer += milliseconds_since(start) - styled.detect_ms;
    result_.times.detect = styled.detect_ms;
    result_.faces = std::move(styled.faces);
    result_.note = std::move(styled.note);
    const Clock::time_point finished = Clock::now();
    put_out(styled);
    write_record();
    result_.times.save = milliseconds_since(finished);
  });
}

}  // namespace stylize
