#include "torch_errors.h"

#include <c10/util/Exception.h>

#include <new>
#include <string>

namespace stylize {
namespace {

std::string first_line(const std::exception& exception) {
  std::string text = exception.what();
  if (const auto* torch_error = dynamic_cast<const c10::Error*>(&exception)) {
    text = torch_error->what_without_backtrace();
  }
  return text.substr(0, text.find('\n'));
}

bool is_out_of_memory(const std::exception& exception, std::string_view text) {
  return dynamic_cast<const c10::OutOfMemoryError*>(&exception) != nullptr ||
         dynamic_cast<const std::bad_alloc*>(&exception) != nullptr ||
         text.find("can't allocate memory") != std::string_view::npos;
}

}  // namespace

Error translate_torch_error(const std::exception& exception, ErrorCode code,
                            std::string_view subject, std::string_view reason,
                            std::string_view remedy) {
  const std::string text = first_line(exception);
  if (is_out_of_memory(exception, text)) {
    return {
        ErrorCode::kOutOfMemory, {}, "the network ran out of memory", "use a smaller --work-size"};
  }
  return {code, subject, std::string(reason) + ": " + text, remedy};
}

}  // namespace stylize
