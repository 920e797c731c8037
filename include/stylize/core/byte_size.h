// Numbers of bytes for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stylize {

// "950 KB", "8.6 MB", "133 MB", "1.2 GB": decimal units, two digits at least.
std::string format_byte_size(std::uint64_t bytes);

// "4G", "1.5 GB", "800m", "512MiB", "123456": decimal units, or binary ones with an i. Nothing for
// all else, and for what is no positive number of bytes.
std::optional<std::uint64_t> parse_byte_size(std::string_view text);

}  // namespace stylize
