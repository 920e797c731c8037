// How much memory is free.
#pragma once

#include <cstddef>

namespace stylize {

// Bytes this process can still take without pushing anything out: the kernel's estimate
// (MemAvailable), cut to what the control group allows. 0 when unknown.
std::size_t available_memory();

}  // namespace stylize
