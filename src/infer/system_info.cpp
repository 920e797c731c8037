#include "stylize/infer/system_info.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace stylize {
namespace {

namespace fs = std::filesystem;

// The file that holds the code or data at `address`; empty when the loader does not know.
std::string file_of(const void* address) {
  Dl_info info{};
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr) {
    return {};
  }
  std::error_code failed;
  const fs::path resolved = fs::canonical(info.dli_fname, failed);
  return failed ? std::string(info.dli_fname) : resolved.string();
}

// What a call of sgemm_ inside libtorch_cpu is bound to: the same search order.
std::string blas_in_use() { return file_of(dlsym(RTLD_DEFAULT, "sgemm_")); }

}  // namespace

TorchInfo inspect_torch() {
  const std::string description = at::show_config();
  TorchInfo info;
  info.version = build_setting(description, "TORCH_VERSION");
  info.library = file_of(reinterpret_cast<const void*>(&at::show_config));
  info.built_blas = build_setting(description, "BLAS_INFO");
  info.blas_library = blas_in_use();
  // Some wheels carry their BLAS as a file beside libtorch_cpu.
  info.uses_own_blas = info.blas_library.empty() || fs::path(info.blas_library).parent_path() ==
                                                        fs::path(info.library).parent_path();
  info.built_cuda = build_setting(description, "CUDA_VERSION");
  if (at::Context::hasMKLDNN() && at::globalContext().userEnabledMkldnn()) {
    info.onednn = version_in(at::get_mkldnn_version());
  }
  info.threads = at::get_num_threads();
  return info;
}

std::string build_setting(std::string_view description, std::string_view key) {
  const std::string wanted = std::string(key) + "=";
  for (std::size_t at = description.find(wanted); at != std::string_view::npos;
       at = description.find(wanted, at + 1)) {
    if (at == 0 || description[at - 1] == ' ') {  // not the tail of a longer key
      const std::string_view rest = description.substr(at + wanted.size());
      return std::string(rest.substr(0, rest.find_first_of(",\n ")));
    }
  }
  return {};
}

std::string version_in(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  std::size_t first = text.find_first_of(kDigits);
  while (first != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789.", first), text.size());
    const std::string_view number = text.substr(first, end - first);
    if (number.find('.') != std::string_view::npos && number.back() != '.') {
      return std::string(number);
    }
    first = text.find_first_of(kDigits, end);
  }
  return {};
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view kKey = "model name";
    const std::size_t colon = line.find(": ");
    if (line.rfind(kKey, 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown";
}

int usable_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return sched_getaffinity(0, sizeof(allowed), &allowed) == 0 ? std::max(1, CPU_COUNT(&allowed))
                                                              : 1;
}

}  // namespace stylize
