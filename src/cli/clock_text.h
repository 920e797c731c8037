// Times as people read them.
#pragma once

#include <string>

namespace stylize::cli {

// Seconds, rounded up: "4:07", from an hour on "1:02:03".
std::string as_clock(double seconds);

}  // namespace stylize::cli
