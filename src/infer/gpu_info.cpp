#include "stylize/infer/gpu_info.h"

#include <dlfcn.h>

#include <array>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include "stylize/infer/system_info.h"

namespace stylize {
namespace {

// What we use of NVML, by its documented binary interface, which NVIDIA keeps stable: functions
// whose layout ever changed have the change's number in their names.
using NvmlResult = int;  // 0 is success
using NvmlDevice = void*;
struct NvmlMemory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

struct LibraryClose {
  void operator()(void* library) const { dlclose(library); }
};
using Library = std::unique_ptr<void, LibraryClose>;

// The library, started; shut down and closed with the object.
class Nvml {
 public:
  // Empty when the library is not installed. Check `problem` before anything else.
  static std::optional<Nvml> open() {
    Library library(dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL));
    return library ? std::optional<Nvml>(Nvml(std::move(library))) : std::nullopt;
  }

  ~Nvml() {
    if (library_ && problem_.empty()) {
      static_cast<void>(call("nvmlShutdown"));
    }
  }
  Nvml(Nvml&&) noexcept = default;
  Nvml& operator=(Nvml&&) = delete;
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  // Why the library could not be started; empty when it was.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  [[nodiscard]] std::string driver() const {
    std::array<char, kTextSize> text{};
    return call("nvmlSystemGetDriverVersion", text.data(), kTextSize) ? text.data() : "";
  }

  [[nodiscard]] std::string cuda() const {
    int number = 0;  // 13000 is 13.0
    if (!call("nvmlSystemGetCudaDriverVersion_v2", &number)) {
      return {};
    }
    return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
  }

  [[nodiscard]] std::vector<Gpu> gpus() const {
    unsigned count = 0;
    std::vector<Gpu> found;
    if (!call("nvmlDeviceGetCount_v2", &count)) {
      return found;
    }
    for (unsigned index = 0; index < count; ++index) {
      NvmlDevice device = nullptr;
      if (call("nvmlDeviceGetHandleByIndex_v2", index, &device)) {
        found.push_back(describe(device));
      }
    }
    return found;
  }

 private:
  static constexpr unsigned kTextSize = 96;  // the largest that NVML asks for

  explicit Nvml(Library library) : library_(std::move(library)) {
    const NvmlResult result = result_of("nvmlInit_v2");
    if (result == 0) {
      return;
    }
    const auto text = function<const char*, NvmlResult>("nvmlErrorString");
    problem_ = text == nullptr ? "NVML error " + std::to_string(result) : text(result);
  }

  template <typename Result, typename... Arguments>
  using Function = Result (*)(Arguments...);

  // Null when the library has no such function. The types must be NVML's exactly.
  template <typename Result, typename... Arguments>
  Function<Result, Arguments...> function(const char* name) const {
    return reinterpret_cast<Function<Result, Arguments...>>(dlsym(library_.get(), name));
  }

  template <typename... Arguments>
  NvmlResult result_of(const char* name, Arguments... arguments) const {
    constexpr NvmlResult kFunctionNotFound = 13;
    const auto called = function<NvmlResult, Arguments...>(name);
    return called == nullptr ? kFunctionNotFound : called(arguments...);
  }

  template <typename... Arguments>
  bool call(const char* name, Arguments... arguments) const {
    return result_of(name, arguments...) == 0;
  }

  [[nodiscard]] Gpu describe(NvmlDevice device) const {
    Gpu gpu;
    std::array<char, kTextSize> name{};
    if (call("nvmlDeviceGetName", device, name.data(), kTextSize)) {
      gpu.name = name.data();
    }
    NvmlMemory memory{};
    if (call("nvmlDeviceGetMemoryInfo", device, &memory)) {
      gpu.total_memory = memory.total;
      gpu.free_memory = memory.free;
    }
    static_cast<void>(call("nvmlDeviceGetCudaComputeCapability", device, &gpu.major, &gpu.minor));
    return gpu;
  }

  Library library_;
  std::string problem_;
};

std::string driver_of_kernel() {
  std::ifstream file("/proc/driver/nvidia/version");
  std::string line;
  std::getline(file, line);
  return kernel_driver_version(line);
}

}  // namespace

GpuInfo query_gpus() {
  GpuInfo info;
  info.driver = driver_of_kernel();
  const std::optional<Nvml> nvml = Nvml::open();
  if (!nvml) {
    if (!info.driver.empty()) {
      info.problem = "the driver's library libnvidia-ml.so.1 is not installed";
    }
    return info;
  }
  if (!nvml->problem().empty()) {
    // The library alone, without a driver in the kernel, is what a container without a GPU has.
    info.problem = info.driver.empty() ? std::string() : nvml->problem();
    return info;
  }
  info.driver = nvml->driver();
  info.cuda = nvml->cuda();
  info.gpus = nvml->gpus();
  return info;
}

std::string kernel_driver_version(std::string_view text) {
  // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sat ..."; GCC's stands a line
  // below.
  return version_in(text.substr(0, text.find('\n')));
}

}  // namespace stylize
