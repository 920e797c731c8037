// How much memory is free, and how much was taken.
#pragma once

#include <cstddef>

namespace stylize {

// Bytes this process can still take without pushing anything out: the kernel's estimate
// (MemAvailable), cut to what the control group allows. 0 when unknown.
std::size_t available_memory();

// Bytes of memory that this process has held at most since it began (VmHWM). 0 when unknown.
std::size_t peak_resident_memory();

}  // namespace stylize
