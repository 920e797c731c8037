// Checks the TorchScript text of an archive before LibTorch compiles it.
#pragma once

#include <cstddef>
#include <string_view>

namespace stylize {

// Compiling runs parts of the text (default values, __setstate__), so that what it may not do has
// to be found before. Reads the text with LibTorch's own lexer and throws Error kModelInvalid, with
// `subject` and `name` (the record's), for operators that reason_against_operator() is against,
// classes implemented in C++, __setstate__, ways to reach these under another name, text that is no
// TorchScript, and nesting that would exhaust the compiler's stack. Returns the number of
// functions and classes it defines. Thread safe.
std::size_t check_script(std::string_view text, std::string_view name, std::string_view subject);

}  // namespace stylize
