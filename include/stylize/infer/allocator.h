// glibc's malloc, tuned for tensors.
#pragma once

namespace stylize {

// Keeps freed tensor memory in the heap instead of giving it back to the kernel after every layer:
// returning and re-faulting those pages costs 1.3 to 1.9 times the run time of a convolutional
// network. Limits malloc to one arena, because the thresholds do not hold in the arenas of other
// threads. Call first thing in main, before any thread or allocation of size. Returns false where
// the C library refuses (sanitizers replace malloc), which is harmless.
bool tune_allocator() noexcept;

}  // namespace stylize
