// What the shell gets to see.
#pragma once

#include "stylize/core/error.h"
#include "stylize/pipeline/batch_runner.h"

namespace stylize::cli {

inline constexpr int kAllDone = 0;
inline constexpr int kNothingDone = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kSomeFailed = 3;
inline constexpr int kInterruptedCode = 130;  // 128 + SIGINT, as shells have it

// Of a batch that ran.
int exit_code(const BatchSummary& summary);

// Of an error that kept a command from starting.
int exit_code(ErrorCode code);

}  // namespace stylize::cli
