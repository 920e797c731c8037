// Numbers of bytes for people.
#pragma once

#include <cstdint>
#include <string>

namespace stylize {

// "950 KB", "8.6 MB", "133 MB", "1.2 GB": decimal units, two digits at least.
std::string format_byte_size(std::uint64_t bytes);

}  // namespace stylize
