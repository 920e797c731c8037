// stylize bench: speed and memory of styles on this machine.
#pragma once

#include <string>
#include <vector>

namespace stylize::cli {

int bench_command(const std::vector<std::string>& arguments);

}  // namespace stylize::cli
