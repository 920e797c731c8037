#include "ask.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace stylize::cli {

bool can_ask() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

bool ask(const std::string& question) {
  if (!can_ask()) {
    return false;
  }
  std::fputs((question + " [y/N] ").c_str(), stderr);
  std::fflush(stderr);
  std::string answer;
  return std::getline(std::cin, answer) &&
         (answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes");
}

}  // namespace stylize::cli
