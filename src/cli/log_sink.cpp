#include "log_sink.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "stylize/core/log.h"

namespace stylize::cli {
namespace {

spdlog::level::level_enum threshold(Verbosity verbosity) {
  switch (verbosity) {
    case Verbosity::kQuiet: return spdlog::level::err;
    case Verbosity::kWarnings: return spdlog::level::warn;
    case Verbosity::kNormal: return spdlog::level::info;
    case Verbosity::kVerbose: return spdlog::level::debug;
  }
  return spdlog::level::info;
}

void write(spdlog::logger& logger, LogLevel level, std::string_view message) {
  switch (level) {
    case LogLevel::kDebug: logger.debug(message); break;
    case LogLevel::kInfo: logger.info(message); break;
    case LogLevel::kWarning: logger.warn("warning: {}", message); break;
    case LogLevel::kError: logger.error("error: {}", message); break;
  }
}

}  // namespace

void install_log_sink(Verbosity verbosity) {
  const auto mode = std::getenv("NO_COLOR") == nullptr ? spdlog::color_mode::automatic
                                                       : spdlog::color_mode::never;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(mode);
  sink->set_color(spdlog::level::info, "");
  auto logger = std::make_shared<spdlog::logger>("stylize", std::move(sink));
  // On a terminal a message first wipes the status line that may stand there.
  logger->set_pattern(::isatty(STDERR_FILENO) == 1 ? "\r\033[K%^%v%$" : "%^%v%$");
  logger->set_level(threshold(verbosity));
  logger->flush_on(spdlog::level::debug);
  set_log_sink(
      [logger](LogLevel level, std::string_view message) { write(*logger, level, message); });
}

std::size_t terminal_columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 80U;
}

StatusLine::StatusLine(bool enabled) : enabled_(enabled && ::isatty(STDERR_FILENO) == 1) {}

StatusLine::~StatusLine() { clear(); }

void StatusLine::show(const std::string& text) {
  if (!enabled_) {
    return;
  }
  clear();
  const std::size_t columns = std::min(text.size(), terminal_columns() - 1);
  std::fprintf(stderr, "%s", text.substr(0, columns).c_str());
  std::fflush(stderr);
  shown_ = true;
}

void StatusLine::clear() {
  if (shown_) {
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    shown_ = false;
  }
}

}  // namespace stylize::cli
