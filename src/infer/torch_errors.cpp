#include "torch_errors.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <string>

namespace stylize {
namespace {

std::string whole_message(const std::exception& exception) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&exception);
  return torch_error == nullptr ? exception.what() : torch_error->what_without_backtrace();
}

// The line that says what happened: the last one of the interpreter's, which come after the
// script's stack, and the first one of all others, which a stack may follow and line ends precede.
std::string essential_line(const std::string& message) {
  if (message.find("TorchScript interpreter") == std::string::npos) {
    const std::size_t start = std::min(message.find_first_not_of('\n'), message.size());
    return message.substr(start, message.find('\n', start) - start);
  }
  const std::size_t last = message.find_last_not_of(" \n");
  const std::string text = message.substr(0, last + 1);
  std::string line = text.substr(text.rfind('\n') + 1);
  constexpr std::string_view kPrefix = "RuntimeError: ";
  return line.rfind(kPrefix, 0) == 0 ? line.substr(kPrefix.size()) : line;
}

bool is_out_of_memory(const std::exception& exception, std::string_view message) {
  return dynamic_cast<const c10::OutOfMemoryError*>(&exception) != nullptr ||
         dynamic_cast<const std::bad_alloc*>(&exception) != nullptr ||
         message.find("can't allocate memory") != std::string_view::npos ||
         message.find("out of memory") != std::string_view::npos;
}

}  // namespace

Error translate_torch_error(const std::exception& exception, ErrorCode code,
                            std::string_view subject, std::string_view reason,
                            std::string_view remedy) {
  const std::string message = whole_message(exception);
  if (is_out_of_memory(exception, message)) {
    return {
        ErrorCode::kOutOfMemory, {}, "the network ran out of memory", "use a smaller --work-size"};
  }
  return {code, subject, std::string(reason) + ": " + essential_line(message), remedy};
}

}  // namespace stylize
