#include "stylize/core/error.h"

namespace stylize {
namespace {

std::string compose(std::string_view subject, std::string_view reason, std::string_view remedy) {
  std::string text;
  if (!subject.empty()) {
    text.append(subject).append(": ");
  }
  text.append(reason);
  if (!remedy.empty()) {
    text.append(" (").append(remedy).append(")");
  }
  return text;
}

}  // namespace

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage: return "usage";
    case ErrorCode::kInputMissing: return "input-missing";
    case ErrorCode::kInputUnsupported: return "input-unsupported";
    case ErrorCode::kInputCorrupt: return "input-corrupt";
    case ErrorCode::kInputTooLarge: return "input-too-large";
    case ErrorCode::kNoFace: return "no-face";
    case ErrorCode::kOutputExists: return "output-exists";
    case ErrorCode::kOutputUnwritable: return "output-unwritable";
    case ErrorCode::kDiskFull: return "disk-full";
    case ErrorCode::kStyleUnknown: return "style-unknown";
    case ErrorCode::kModelMissing: return "model-missing";
    case ErrorCode::kModelInvalid: return "model-invalid";
    case ErrorCode::kDeviceUnavailable: return "device-unavailable";
    case ErrorCode::kToolMissing: return "tool-missing";
    case ErrorCode::kOutOfMemory: return "out-of-memory";
    case ErrorCode::kInterrupted: return "interrupted";
    case ErrorCode::kInternal: return "internal";
  }
  return "internal";
}

Error::Error(ErrorCode code, std::string_view subject, std::string_view reason,
             std::string_view remedy)
    : std::runtime_error(compose(subject, reason, remedy)), code_(code) {}

}  // namespace stylize
