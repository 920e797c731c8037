// Logging without a dependency: layers write here, the command line installs the sink.
#pragma once

#include <functional>
#include <string_view>

namespace stylize {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogSink = std::function<void(LogLevel, std::string_view)>;

// Replaces the sink; an empty one drops everything, which is also the state at start.
// Not to be called while other threads log. The sink itself is called under a lock.
void set_log_sink(LogSink sink);

// Thread safe. Messages are one line without a line end.
void log(LogLevel level, std::string_view message);

inline void log_debug(std::string_view message) { log(LogLevel::kDebug, message); }
inline void log_info(std::string_view message) { log(LogLevel::kInfo, message); }
inline void log_warning(std::string_view message) { log(LogLevel::kWarning, message); }
inline void log_error(std::string_view message) { log(LogLevel::kError, message); }

}  // namespace stylize
