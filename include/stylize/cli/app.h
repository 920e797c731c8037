// The program, less main.
#pragma once

namespace stylize::cli {

// To be called first thing in main: it tunes the allocator. Runs the command line and returns the
// exit code: 0 all done, 1 nothing could be done, 2 wrong usage, 3 some inputs failed, 130
// interrupted. Throws nothing.
int run(int argc, char** argv);

}  // namespace stylize::cli
