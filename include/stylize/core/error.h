// The one exception type of this project.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace stylize {

// What went wrong, as a script would want to tell it apart. The names (error_code_name) are part of
// the JSON output; do not rename them.
enum class ErrorCode {
  kUsage,             // the command line asks for something that cannot be
  kInputMissing,      // no such file, or no permission to read it
  kInputUnsupported,  // readable, but of a kind that is not handled
  kInputCorrupt,      // truncated or damaged
  kInputTooLarge,     // would not fit into memory
  kNoFace,            // a face was asked for, and none was found
  kOutputExists,
  kOutputUnwritable,
  kDiskFull,
  kStyleUnknown,
  kModelMissing,
  kModelInvalid,
  kDeviceUnavailable,
  kToolMissing,  // a program that this one calls, or a part of it
  kOutOfMemory,
  kInterrupted,
  kInternal,
};

// The name of a code in JSON, e.g. "input-corrupt".
std::string_view error_code_name(ErrorCode code);

// Thrown where a failure happens and reported once, by the batch runner or the command line.
// what() reads "<subject>: <reason> (<remedy>)"; subject and remedy may be empty.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string_view subject, std::string_view reason,
        std::string_view remedy = {});

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace stylize
