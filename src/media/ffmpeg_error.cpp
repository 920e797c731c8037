#include "ffmpeg_error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <mutex>

#include "ffmpeg_ptr.h"
#include "stylize/core/log.h"
#include "unfinished_file.h"

namespace stylize {
namespace {

// libav says why only in its log, which it calls from the thread that failed.
std::string& logged_error() {
  thread_local std::string text;
  return text;
}

void take_line(void* object, int level, const char* format, va_list arguments) {
  std::array<char, 1024> line{};
  int print_prefix = 1;
  av_log_format_line2(object, level, format, arguments, line.data(), static_cast<int>(line.size()),
                      &print_prefix);
  std::string text(line.data());
  std::replace(text.begin(), text.end(), '\n', ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  if (text.empty()) {
    return;
  }
  if (level <= AV_LOG_ERROR) {
    // "[libx264 @ 0x5581e0] wrong" is an address too many.
    const std::size_t prefix = text.starts_with('[') ? text.find("] ") : std::string::npos;
    logged_error() = prefix == std::string::npos ? text : text.substr(prefix + 2);
  }
  log_debug("libav: " + text);
}

// Nothing may be thrown through libav.
void log_libav(void* object, int level, const char* format, va_list arguments) noexcept {
  if (level > AV_LOG_WARNING) {
    return;
  }
  try {
    take_line(object, level, format, arguments);
  } catch (...) {  // NOLINT(bugprone-empty-catch): a line that cannot be kept is lost
  }
}

}  // namespace

void ensure_libav() {
  static std::once_flag started;
  std::call_once(started, [] { av_log_set_callback(log_libav); });
}

std::string av_text(int result) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(result, text.data(), text.size());
  return text.data();
}

std::string av_reason(int result) {
  return logged_error().empty() ? av_text(result) : logged_error();
}

void forget_av_reason() { logged_error().clear(); }

int check_av(int result, ErrorCode code, std::string_view subject, std::string_view what) {
  if (result == AVERROR(ENOMEM)) {
    throw Error(ErrorCode::kOutOfMemory, subject, "not enough memory");
  }
  if (result < 0) {
    throw Error(code, subject, std::string(what) + ": " + av_text(result));
  }
  return result;
}

int check_av_write(int result, const std::filesystem::path& path) {
  if (result >= 0) {
    return result;
  }
  // libav's own codes are four letters and far below those of errno.
  constexpr int kLastErrno = 4096;
  if (AVUNERROR(result) > 0 && AVUNERROR(result) < kLastErrno && result != AVERROR(EINVAL)) {
    throw write_error(path, AVUNERROR(result));
  }
  throw Error(ErrorCode::kOutputUnwritable, path.string(), "cannot write: " + av_reason(result));
}

}  // namespace stylize
