#include "stylize/core/memory_info.h"

#include <algorithm>
#include <fstream>
#include <limits>
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

// A line of /proc/self/status in bytes.
std::size_t own_status(std::string_view key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) {
      return static_cast<std::size_t>(std::stoull(line.substr(key.size()))) << 10U;
    }
  }
  return 0;
}

}  // namespace

std::size_t peak_resident_memory() { return own_status("VmHWM:"); }

std::size_t memory_for_work(std::optional<std::size_t> most, std::size_t reusable) {
  if (!most) {
    return mem_available() == 0 ? std::numeric_limits<std::size_t>::max()
                                : (available_memory() + reusable) / 4 * 3;
  }
  // Caches of threads and what the C library keeps come on top.
  constexpr std::size_t kReserve = 128U << 20U;
  const std::size_t resident = own_status("VmRSS:");
  const std::size_t held = resident - std::min(resident, reusable) + kReserve;
  return std::max(*most - std::min(*most, held), *most / 16);
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
