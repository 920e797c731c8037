// How much memory is free, and how much was taken.
#pragma once

#include <cstddef>
#include <optional>

namespace stylize {

// Bytes this process can still take without pushing anything out: the kernel's estimate
// (MemAvailable), cut to what the control group allows. 0 when unknown.
std::size_t available_memory();

// Bytes that work may take: what `most` leaves beside what this process holds now, at least a small
// part of it; without, a share of available_memory() that leaves some to others. Of what this
// process holds, the work takes over `reusable` bytes.
std::size_t memory_for_work(std::optional<std::size_t> most, std::size_t reusable = 0);

// Bytes of memory that this process has held at most since it began (VmHWM). 0 when unknown.
std::size_t peak_resident_memory();

}  // namespace stylize
