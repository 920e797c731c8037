#include "stylize/core/memory_info.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace stylize {
namespace {

std::optional<std::size_t> read_number(const char* path) {
  std::ifstream file(path);
  std::size_t value = 0;
  if (file >> value) {  // "max" does not parse, which means no limit
    return value;
  }
  return std::nullopt;
}

std::size_t mem_available() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  std::size_t kibibytes = 0;
  std::string unit;
  while (file >> key >> kibibytes >> unit) {
    if (key == "MemAvailable:") {
      return kibibytes << 10U;
    }
  }
  return 0;
}

// File cache counts as used in a control group, though the kernel drops it on demand.
std::size_t control_group_file_cache() {
  std::ifstream file("/sys/fs/cgroup/memory.stat");
  std::string key;
  std::size_t bytes = 0;
  while (file >> key >> bytes) {
    if (key == "file") {
      return bytes;
    }
  }
  return 0;
}

}  // namespace

std::size_t peak_resident_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view kKey = "VmHWM:";
    if (line.starts_with(kKey)) {
      return static_cast<std::size_t>(std::stoull(line.substr(kKey.size()))) << 10U;
    }
  }
  return 0;
}

std::size_t available_memory() {
  std::size_t available = mem_available();
  const auto limit = read_number("/sys/fs/cgroup/memory.max");
  const auto used = read_number("/sys/fs/cgroup/memory.current");
  if (limit && used && available > 0) {
    const std::size_t held = *used - std::min(*used, control_group_file_cache());
    available = std::min(available, *limit - std::min(*limit, held));
  }
  return available;
}

}  // namespace stylize
