// Runs that could not fit are refused before they start.
#pragma once

#include <cstddef>
#include <string_view>

namespace stylize {

// Throws Error kOutOfMemory, "<what> needs about 3.2 GB of memory, 1.1 GB are free", when `bytes`
// are more than this process can still take: better than to be killed half way. Where nothing is
// known of the memory, nothing is refused. Thread safe.
void require_memory(std::string_view what, std::size_t bytes, std::string_view remedy);

}  // namespace stylize
