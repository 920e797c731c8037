// A picture's rows on their way to a network and back, so that none of both needs all of them.
#pragma once

#include <cstdint>
#include <functional>

namespace stylize {

// Rows `first` to `first + count - 1`: `count` times the width times 3 floats, pixels interleaved,
// in the network's own ranges. Several threads call at once, for any rows, some of them more than
// once.
using ReadRows = std::function<void(std::int64_t first, std::int64_t count, float* to)>;
using WriteRows = std::function<void(std::int64_t first, std::int64_t count, const float* from)>;

struct PictureRows {
  ReadRows read;
  WriteRows write;
};

}  // namespace stylize
