#include "folder_printer.h"

#include <utility>

#include "result_printer.h"
#include "stylize/core/log.h"

namespace stylize::cli {
namespace {

using Clock = ProgressMeter::Clock;

constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::seconds kLineInterval{30};

}  // namespace

FolderPrinter::FolderPrinter(RunFacts facts, const Choice& choice, int total)
    : choice_(choice),
      report_(std::move(facts), choice.json, choice.report),
      status_(choice.progress),
      meter_(total, Clock::now()),
      spoke_at_(Clock::now()) {}

void FolderPrinter::show_progress() {
  const Clock::time_point now = Clock::now();
  if (status_.enabled()) {
    if (!status_.is_shown() || now - spoke_at_ >= kBarInterval) {
      status_.show(meter_.bar(terminal_columns()));
      spoke_at_ = now;
    }
  } else if (choice_.progress && now - spoke_at_ >= kLineInterval && !meter_.finished()) {
    log_info(meter_.line());
    spoke_at_ = now;
  }
}

void FolderPrinter::finished(const JobResult& result) {
  meter_.add(result.status, Clock::now());
  if (result.failure) {
    status_.clear();
    log_error(result.failure->message);
  } else if (choice_.every_file) {
    status_.clear();
    log_info(describe(result));
  }
  report_.write(result);
  show_progress();
}

void FolderPrinter::summary(const BatchSummary& summary, double seconds) {
  status_.clear();
  log_summary(summary, seconds);
  report_.write(summary, seconds);
}

}  // namespace stylize::cli
