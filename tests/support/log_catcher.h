// What is logged, for tests to read.
#pragma once

#include <string>
#include <string_view>

#include "stylize/core/log.h"

namespace stylize::test {

// Collects what is logged while it lives.
class LogCatcher {
 public:
  LogCatcher() {
    set_log_sink([this](LogLevel, std::string_view text) { log_.append(text).append("\n"); });
  }
  ~LogCatcher() { set_log_sink({}); }
  LogCatcher(const LogCatcher&) = delete;
  LogCatcher& operator=(const LogCatcher&) = delete;
  [[nodiscard]] const std::string& text() const { return log_; }

 private:
  std::string log_;
};

}  // namespace stylize::test
