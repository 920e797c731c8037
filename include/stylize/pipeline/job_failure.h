// Why one input of many failed, and the wall around it that lets the others go on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "stylize/core/error.h"

namespace stylize {

struct JobFailure {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // begins with the input's name
};

// Runs `work` for the input `name` and turns what it throws into a failure; nothing if it throws
// nothing. An Error keeps its code and text; memory that ran out (std::bad_alloc and OpenCV's own)
// becomes kOutOfMemory with `memory_remedy` in brackets; any other std::exception kInternal. What
// is not a std::exception passes through. Safe to call from several threads at once.
std::optional<JobFailure> run_isolated(const std::string& name, const std::string& memory_remedy,
                                       const std::function<void()>& work);

}  // namespace stylize
