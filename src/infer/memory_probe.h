// Measures what a piece of work allocates in tensors on the CPU.
#pragma once

#include <cstddef>
#include <functional>

namespace stylize {

// Runs `work` on this thread and returns the largest number of bytes that LibTorch's CPU allocator
// had handed out to it at once.
std::size_t peak_tensor_bytes(const std::function<void()>& work);

}  // namespace stylize
