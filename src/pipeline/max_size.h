// The bound on an output's size.
#pragma once

#include <optional>

#include "stylize/media/image.h"

namespace stylize {

// Shrinks a picture, its alpha included, to a long side of at most `max_size` pixels; without one,
// or if it is no larger, it stays as it is.
void keep_max_size(Image& image, std::optional<int> max_size);

}  // namespace stylize
