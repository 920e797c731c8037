// libav's failures and messages in this project's terms.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "stylize/core/error.h"

namespace stylize {

// Sends libav's log to ours, at debug level. Thread safe, cheap when done already.
void ensure_libav();

// libav's words for a negative result.
std::string av_text(int result);

// Why the last call of this thread failed: what libav logged as an error since forget_av_reason(),
// else its words for `result`.
std::string av_reason(int result);
void forget_av_reason();

// Throws Error for a negative `result`, with libav's words behind `what`; returns others.
int check_av(int result, ErrorCode code, std::string_view subject, std::string_view what);

// The same for writing `path`: kDiskFull where that is why, else kOutputUnwritable.
int check_av_write(int result, const std::filesystem::path& path);

// `object` unless it is null, which libav answers when there is no memory.
template <typename Object>
Object* check_allocated(Object* object) {
  if (object == nullptr) {
    throw Error(ErrorCode::kOutOfMemory, "video", "not enough memory");
  }
  return object;
}

}  // namespace stylize
