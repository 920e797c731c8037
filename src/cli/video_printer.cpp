#include "video_printer.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "clock_text.h"
#include "result_printer.h"
#include "stylize/core/log.h"

namespace stylize::cli {
namespace {

constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::seconds kLineInterval{30};

}  // namespace

VideoPrinter::VideoPrinter(RunFacts facts, const Choice& choice)
    : wants_progress_(choice.progress),
      report_(std::move(facts), choice.json, choice.report),
      status_(choice.progress) {}

void VideoPrinter::started(const Job& job, const VideoInfo& info, std::int64_t done) {
  name_ = job.input_name();
  expected_ = info.frames;
  written_ = done_before_ = done;
  begun_ = spoke_at_ = Clock::now();
  std::string text =
      fmt::format("{}: {}x{}, {}", name_, info.size.width, info.size.height, info.codec);
  if (info.frame_rate.num > 0) {
    text += fmt::format(", {:.4g} frames a second", info.frame_rate.value());
  }
  if (info.duration > 0.0) {
    text += ", " + as_clock(info.duration);
  }
  log_info(text);
  if (done > 0) {
    log_info(fmt::format("{}: goes on after {} frames", name_, done));
  }
}

void VideoPrinter::drawing_begins() { begun_ = spoke_at_ = Clock::now(); }

std::string VideoPrinter::progress(Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const double rate = seconds > 0.0 ? static_cast<double>(written_ - done_before_) / seconds : 0.0;
  const std::string pace = rate >= 1.0 ? fmt::format("{:.1f} frames/s", rate)
                                       : fmt::format("{:.1f} s a frame", 1.0 / rate);
  if (expected_ == 0) {
    return fmt::format("{}: {} frames, {}", name_, written_, pace);
  }
  const std::int64_t total = std::max(expected_, written_);  // what was expected is an estimate
  const auto left = static_cast<double>(total - written_) / rate;
  return fmt::format("{}: {:3} %  {}/{}  {}, {} left", name_, 100 * written_ / total, written_,
                     total, pace, as_clock(left));
}

void VideoPrinter::frames(std::int64_t written) {
  written_ = written;
  const Clock::time_point now = Clock::now();
  if (!wants_progress_ || now - spoke_at_ < (status_.enabled() ? kBarInterval : kLineInterval)) {
    return;
  }
  spoke_at_ = now;
  if (status_.enabled()) {
    status_.show(progress(now));
  } else {
    log_info(progress(now));
  }
}

void VideoPrinter::finished(const JobResult& result) {
  status_.clear();
  if (result.failure) {
    log_error(result.failure->message);
  } else {
    log_info(result.status == JobStatus::kSkipped
                 ? describe(result)
                 : fmt::format("{} -> {}  {}x{}, {}, {:.1f} s", result.job.input_name(),
                               result.job.output_name(), result.width, result.height, result.note,
                               result.times.infer / 1000.0));
  }
  report_.write(result);
}

void VideoPrinter::summary(const BatchSummary& summary, double seconds) {
  status_.clear();
  log_summary(summary, seconds);
  report_.write(summary, seconds);
}

}  // namespace stylize::cli
