// Operators that compute each value by itself, of strips as of whole maps.
#pragma once

#include <optional>

#include "patterns.h"

namespace stylize::strips {

// Whether an operator of this name is one, where all its operands but the first are numbers.
bool is_pointwise(c10::Symbol kind);

// As LibTorch's own operator makes it, in the strip's thread. A Pattern.
std::optional<Slot> pointwise(Features& features, const Operation& operation);

// clamp(input, min, max), with numbers for bounds. A Pattern.
std::optional<Slot> clamp(Features& features, const Operation& operation);

}  // namespace stylize::strips
