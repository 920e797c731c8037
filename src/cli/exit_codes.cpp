#include "exit_codes.h"

namespace stylize::cli {

int exit_code(const BatchSummary& summary) {
  if (summary.interrupted) {
    return kInterruptedCode;
  }
  if (summary.failed == 0) {
    return kAllDone;
  }
  return summary.done + summary.skipped + summary.copied == 0 ? kNothingDone : kSomeFailed;
}

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kOutputExists:
    case ErrorCode::kStyleUnknown: return kWrongUsage;
    case ErrorCode::kInterrupted: return kInterruptedCode;
    default: return kNothingDone;
  }
}

}  // namespace stylize::cli
