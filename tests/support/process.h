// Runs the program as a shell would.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace stylize::test {

struct Finished {
  int code = 0;                // 128 + signal for a killed process
  std::size_t peak_bytes = 0;  // most memory at once, at least as much as the test itself had then
  std::string out;
  std::string err;
};

struct RunSettings {
  std::string input = {};                               // standard input
  std::map<std::string, std::string> environment = {};  // on top of the test's own
  std::string folder = {};                              // working directory
};

using Arguments = std::vector<std::string>;

// Environment without what `auto` takes, which depends on the machine: on the CPU, in fp32.
std::map<std::string, std::string> same_on_all_machines();

// Runs `stylize` with the arguments and waits for its end.
Finished run_stylize(const Arguments& arguments, const RunSettings& settings = {});

// A run that is talked to before it ends.
class RunningStylize {
 public:
  explicit RunningStylize(const Arguments& arguments, const RunSettings& settings = {});
  ~RunningStylize();
  RunningStylize(const RunningStylize&) = delete;
  RunningStylize& operator=(const RunningStylize&) = delete;

  // The next line of standard output; empty at its end.
  std::string read_line();
  void send_signal(int signal) const;
  Finished wait();

 private:
  std::string out_;  // read, not yet handed out
  int out_descriptor_ = -1;
  std::string error_file_;
  std::string input_file_;
  pid_t process_ = -1;
};

// Environment that makes the disk full after `bytes` written to files by the program.
std::map<std::string, std::string> full_disk_after(long bytes);

// Environment that kills the program before the `step`th call, counted from 0, that changes a file
// or folder.
std::map<std::string, std::string> killed_at_step(int step);

}  // namespace stylize::test
