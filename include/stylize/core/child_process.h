// Other programs, run to their end.
#pragma once

#include <string>
#include <vector>

namespace stylize {

// A program (a path, not looked up) and its arguments.
using Command = std::vector<std::string>;

// Runs a command and waits for it. It has this process's standard input and standard error; what it
// prints goes to standard error, too, for our standard output is for results alone. A SIGINT or
// SIGTERM sent to this process meanwhile goes to the command instead, which is expected to end by
// it; if this process is killed, so is the command. Returns its exit code, or 128 plus the signal
// that ended it. Throws Error kToolMissing when it cannot be started. Not for use from two threads
// at once.
int run_child(const Command& command);

struct ChildOutput {
  int code = 0;  // as of run_child
  std::string out;
};

// The same with what it prints caught instead, and signals left alone: one that ends this process
// ends the command.
ChildOutput capture_child(const Command& command);

}  // namespace stylize
