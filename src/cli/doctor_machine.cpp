#include "doctor_machine.h"

#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "stylize/core/byte_size.h"
#include "stylize/core/error.h"
#include "stylize/core/memory_info.h"
#include "stylize/infer/cpu_features.h"
#include "stylize/media/media_info.h"
#include "stylize/style/model_locations.h"

namespace stylize::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMegabyte = 1'000'000;
constexpr std::uintmax_t kGigabyte = 1'000'000'000;
constexpr std::uintmax_t kLittle = kGigabyte;
constexpr std::uintmax_t kTooLittle = 100 * kMegabyte;

constexpr std::string_view compiler() {
#ifdef __clang__
  return __VERSION__;  // "Clang 14.0.6"
#else
  return "GCC " __VERSION__;
#endif
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::uintmax_t total_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  std::uintmax_t kibibytes = 0;
  file >> key >> kibibytes;  // MemTotal is the first
  return kibibytes << 10U;
}

// The smallest limit on the way from `folder`, a control group's, up to `root`.
std::optional<std::uintmax_t> smallest_limit(const fs::path& root, const fs::path& group,
                                             const char* file_name) {
  std::optional<std::uintmax_t> smallest;
  for (fs::path inner = group;; inner = inner.parent_path()) {
    std::ifstream file(root / inner / file_name);
    std::uintmax_t limit = 0;
    if (file >> limit) {  // "max" does not parse, which means no limit
      smallest = std::min(smallest.value_or(limit), limit);
    }
    if (inner.empty()) {
      return smallest;
    }
  }
}

// What a container or a batch scheduler allows, if it is less than all.
std::optional<std::uintmax_t> memory_limit() {
  std::optional<std::uintmax_t> limit;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "4:memory:/a/b" or, version 2, "0::/a/b"
    const std::size_t path = line.find(":/");
    if (path == std::string::npos) {
      continue;
    }
    const fs::path group = line.substr(path + 2);
    if (line.rfind("0::", 0) == 0) {
      limit = smallest_limit("/sys/fs/cgroup", group, "memory.max");
    } else if (line.find(":memory:") != std::string::npos) {
      limit = smallest_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes");
    }
    if (limit) {
      break;
    }
  }
  return limit && *limit < total_memory() ? limit : std::nullopt;
}

void check_space(Section& section, const std::string& name, const fs::path& folder, bool needed) {
  std::error_code failed;
  const fs::space_info space = fs::space(existing_part(folder), failed);
  if (failed) {
    section.warning(name, folder.string() + ": " + failed.message(),
                    "check that the folder is there and may be read");
    return;
  }
  const std::string value = format_byte_size(space.available) + " free, " + folder.string();
  const std::string remedy = "make room on that disk";
  if (needed && space.available < kTooLittle) {
    section.problem(name, value, remedy);
  } else if (space.available < kLittle) {
    section.warning(name, value, remedy);
  } else {
    section.ok(name, value);
  }
}

std::string describe(const Gpu& gpu) {
  std::string text = gpu.name;
  if (gpu.total_memory > 0) {
    text +=
        ", " + format_byte_size(gpu.free_memory) + " free of " + format_byte_size(gpu.total_memory);
  }
  return text + fmt::format(", compute capability {}.{}", gpu.major, gpu.minor);
}

int major_version(const std::string& version) {
  int number = 0;
  std::from_chars(version.data(), version.data() + version.size(), number);
  return number;
}

// What to do about a GPU that is there and cannot be used.
std::string gpu_remedy(const std::string& reason, const GpuInfo& gpus, const TorchInfo& torch) {
  if (!gpus.cuda.empty() && major_version(gpus.cuda) < major_version(torch.built_cuda)) {
    return "driver " + gpus.driver + " runs CUDA up to " + gpus.cuda + ", LibTorch needs CUDA " +
           torch.built_cuda + ": install a newer NVIDIA driver";
  }
  if (reason.find(".so") != std::string::npos) {  // the dynamic loader's message
    return "the CUDA half of LibTorch is missing or incomplete: run scripts/setup.sh --full in the "
           "source folder";
  }
  return "check the NVIDIA driver with nvidia-smi; until then --device cpu works";
}

std::string why_precision(const DoctorOptions& options, const Device& device,
                          const CpuFeatures& features) {
  if (options.compute.precision != "auto") {
    return "asked for";
  }
  if (device.kind == DeviceKind::kCuda) {
    return "fastest on GPUs";
  }
  return features.amx_bf16 ? "this processor multiplies in it (AMX)"
                           : "fastest on a processor without AMX";
}

void check_precision(Section& section, const DoctorOptions& options, ComputeFound& found) {
  const CpuFeatures features = detect_cpu_features();
  const PrecisionRequest request = parse_precision(options.compute.precision);
  try {
    found.precision = resolve_precision(request, *found.device, features);
  } catch (const Error& error) {
    section.problem_from("precision", error.what(), "use --precision auto");
    found.device.reset();
    return;
  }
  const std::string value = fmt::format("{}: {}", precision_name(*found.precision),
                                        why_precision(options, *found.device, features));
  const bool emulated = found.device->kind == DeviceKind::kCpu &&
                        *found.precision == Precision::kBf16 && !features.amx_bf16 &&
                        !features.avx512_bf16;
  if (emulated) {
    section.warning("precision", value + ", but this processor only emulates it, many times slower",
                    "use --precision auto");
  } else {
    section.ok("precision", value);
  }
}

}  // namespace

fs::path existing_part(fs::path folder) {
  std::error_code failed;
  if (const fs::path whole = fs::absolute(folder, failed); !failed) {
    folder = whole;
  }
  while (!fs::exists(folder, failed) && folder != folder.parent_path()) {
    folder = folder.parent_path();
  }
  return folder;
}

void check_program(Section& section) {
  section.ok("build", fmt::format("{}, {}", STYLIZE_BUILD_TYPE, compiler()));
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  section.ok("file", failed ? "unknown" : program.string());
}

void check_libraries(Section& section, const TorchInfo& torch) {
  section.ok("LibTorch", torch.version + ", " + torch.library);
  const std::string built = upper(torch.built_blas);
  if (torch.uses_own_blas) {
    section.ok("BLAS", built + ", LibTorch's own");
  } else {
    section.problem("BLAS",
                    torch.blas_library + " stands before LibTorch's own (" + built +
                        "): matrix products may be 50 times slower",
                    "take it out of LD_PRELOAD, or build stylize with its own CMake files, which "
                    "link LibTorch first");
  }
  if (torch.onednn.empty()) {
    section.warning("oneDNN", "not in use: convolutions are slow", "run scripts/setup.sh again");
  } else {
    section.ok("oneDNN", torch.onednn);
  }
  section.ok("libvips", vips_library_version());
  section.ok("OpenCV", opencv_library_version());
}

void check_formats(Section& section) {
  std::vector<std::string> whole;
  std::vector<FormatSupport> partial;
  for (const FormatSupport& support : probe_formats()) {
    if (support.readable && support.writable) {
      whole.emplace_back(format_name(support.format));
    } else {
      partial.push_back(support);
    }
  }
  section.ok("read and written", whole.empty() ? "none" : joined(whole));
  for (const FormatSupport& support : partial) {
    const bool heif = support.format == ImageFormat::kHeic || support.format == ImageFormat::kAvif;
    const char* remedy = heif ? "apt install libvips42 libheif1" : "apt install libvips42";
    section.warning(std::string(format_name(support.format)),
                    support.readable   ? "read only, not written"
                    : support.writable ? "written only, not read"
                                       : "neither read nor written",
                    remedy);
  }
}

void check_processor(Section& section, int threads) {
  section.ok("model", cpu_model());
  section.ok("threads", fmt::format("{}, cores usable: {}", threads, usable_cores()));
  const CpuFeatures features = detect_cpu_features();
  if (features.avx2) {
    section.ok("features", stylize::describe(features));
  } else {
    section.warning("features", "no AVX2: drawing is several times slower",
                    "use a machine made after 2015, or a virtual machine that passes AVX2 on");
  }
}

void check_memory(Section& section) {
  const std::uintmax_t available = available_memory();
  const std::string value =
      format_byte_size(available) + " free of " + format_byte_size(total_memory());
  if (available > 0 && available < kLittle) {
    section.warning("memory", value, "close other programs, or draw smaller: --work-size 512");
  } else {
    section.ok("memory", available == 0 ? "unknown" : value);
  }
  if (const auto limit = memory_limit()) {
    section.note("memory limit", format_byte_size(*limit) + ", set for this container or job");
  }
}

void check_disk(Section& section, const DoctorOptions& options) {
  std::error_code failed;
  // Where nothing can be written, as in a shared folder of models, space does not matter.
  const fs::path models = own_models_folder(options.models_dir);
  if (!models.empty() && ::access(existing_part(models).c_str(), W_OK) == 0) {
    check_space(section, "models", models, true);
  }
  check_space(section, "working folder", fs::current_path(failed), true);
  const fs::path temporary = fs::temp_directory_path(failed);
  if (failed) {
    section.warning("temporary", "TMPDIR names no folder", "unset it, or name one that is there");
  } else {
    check_space(section, "temporary", temporary, false);
  }
}

void check_gpus(Section& section, const GpuInfo& gpus) {
  if (gpus.driver.empty() && gpus.gpus.empty()) {
    section.note("NVIDIA", "no driver is loaded; without a GPU everything runs on the processor");
    return;
  }
  if (!gpus.problem.empty()) {
    section.problem("driver", gpus.driver + ": " + gpus.problem,
                    "restart the machine if the driver was just updated, else install it again");
    return;
  }
  section.ok("driver", gpus.driver + (gpus.cuda.empty() ? "" : ", runs CUDA up to " + gpus.cuda));
  if (gpus.gpus.empty()) {
    section.warning("GPU", "none is visible, though the driver is loaded",
                    "see nvidia-smi; containers need --gpus all");
  }
  for (std::size_t index = 0; index < gpus.gpus.size(); ++index) {
    section.ok(fmt::format("GPU {}", index), describe(gpus.gpus[index]));
  }
}

ComputeFound check_device(Section& section, const DoctorOptions& options, const GpuInfo& gpus,
                          const TorchInfo& torch) {
  const DeviceRequest request = parse_device(options.compute.device);
  ComputeFound found;
  try {
    found.device = resolve_device(request);
  } catch (const Error& error) {
    if (gpus.gpus.empty()) {
      section.problem_from("device", error.what(), "use --device cpu");
    } else {
      const std::string reason = error.what();
      section.problem("device", reason.substr(0, reason.rfind(" (")),
                      gpu_remedy(reason, gpus, torch));
    }
    return found;
  }
  const bool automatic = request.kind == DeviceRequest::Kind::kAuto;
  const std::string name = found.device->name();
  const std::string& reason = found.device->reason;
  const bool unused_gpu = automatic && found.device->kind == DeviceKind::kCpu && !gpus.gpus.empty();
  if (unused_gpu) {
    section.problem("device", name + ", though there is a GPU: " + reason,
                    gpu_remedy(reason, gpus, torch));
  } else {
    section.ok("device", name + ": " + (automatic ? reason : "asked for"));
  }
  check_precision(section, options, found);
  return found;
}

}  // namespace stylize::cli
