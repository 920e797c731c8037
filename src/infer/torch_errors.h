// LibTorch's exceptions as ours.
#pragma once

#include <exception>
#include <string_view>

#include "stylize/core/error.h"

namespace stylize {

// Running out of memory becomes kOutOfMemory with a remedy; anything else gets `code`. Of
// LibTorch's message the line is kept that says what happened, not its stacks. `subject` is the
// model's path.
Error translate_torch_error(const std::exception& exception, ErrorCode code,
                            std::string_view subject, std::string_view reason,
                            std::string_view remedy = {});

}  // namespace stylize
