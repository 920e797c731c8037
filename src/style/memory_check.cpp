#include "memory_check.h"

#include <string>

#include "stylize/core/byte_size.h"
#include "stylize/core/error.h"
#include "stylize/core/memory_info.h"

namespace stylize {

void require_memory(std::string_view what, std::size_t bytes, std::string_view remedy) {
  const std::size_t available = available_memory();
  if (available > 0 && bytes > available) {
    throw Error(ErrorCode::kOutOfMemory, {},
                std::string(what) + " needs about " + format_byte_size(bytes) + " of memory, " +
                    format_byte_size(available) + " are free",
                remedy);
  }
}

}  // namespace stylize
