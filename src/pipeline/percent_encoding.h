// File names, which can hold any byte, as ASCII text and back.
#pragma once

#include <string>
#include <string_view>

namespace stylize {

// Every byte that is no printable ASCII character, and the percent sign, as %XX (RFC 3986, 2.1).
std::string percent_encode(std::string_view bytes);

// As part of any address: every byte but letters, digits, "-._~" and the slash as %XX.
std::string percent_encode_path(std::string_view path);

// Either back. What is no %XX stays as it is.
std::string percent_decode(std::string_view text);

}  // namespace stylize
