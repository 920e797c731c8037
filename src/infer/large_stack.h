// Room for code that calls itself as deep as a file says.
#pragma once

#include <cstddef>
#include <functional>

namespace stylize {

// For the functions of a script: LibTorch compiles, and writes out, a function inside of the one
// that first calls it, some 5 KB of stack for each of the 20,000 that model_archive.h allows.
inline constexpr std::size_t kScriptStack = 512U << 20U;

// Runs `work` to its end on another thread, whose stack may grow to `bytes`; only what is used
// takes memory. Throws what `work` throws, and Error kOutOfMemory where there is no room for the
// stack. Thread safe.
void run_with_stack(std::size_t bytes, const std::function<void()>& work);

}  // namespace stylize
