// Messages on standard error.
#pragma once

#include <cstddef>
#include <string>

namespace stylize::cli {

enum class Verbosity { kQuiet, kWarnings, kNormal, kVerbose };

// Installs the log sink: errors alone, with warnings, with information, with details. Lines are
// coloured on a terminal unless NO_COLOR is set.
void install_log_sink(Verbosity verbosity);

// Of the terminal that standard error is; 80 when unknown.
std::size_t terminal_columns();

// A line that is overwritten by the next message; only on a terminal, and only if `enabled`.
class StatusLine {
 public:
  explicit StatusLine(bool enabled);
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  void show(const std::string& text);
  void clear();

  [[nodiscard]] bool enabled() const { return enabled_; }
  [[nodiscard]] bool is_shown() const { return shown_; }

 private:
  bool enabled_;
  bool shown_ = false;
};

}  // namespace stylize::cli
