#include "module_loader.h"

#include <mutex>
#include <string_view>
#include <utility>

#include <torch/csrc/jit/runtime/print_handler.h>

#include "large_stack.h"
#include "model_archive.h"
#include "module_check.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "torch_errors.h"
#include "weight_conversion.h"

namespace stylize {
namespace {

constexpr std::string_view kMetadataFile = "stylize.json";
constexpr std::string_view kExportHint = "export it again, with PyTorch 2.11 or older";

at::ScalarType scalar_type(Precision precision) {
  switch (precision) {
    case Precision::kBf16: return at::kBFloat16;
    case Precision::kFp16: return at::kHalf;
    case Precision::kFp32: break;
  }
  return at::kFloat;
}

c10::Device torch_device(const Device& device) {
  return device.kind == DeviceKind::kCpu
             ? c10::Device(c10::kCPU)
             : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

// The profiling executor would spend the first runs of each picture size on specialising the graph
// and gains nothing on these networks, so the graph is interpreted as it stands.
void use_plain_executor() {
  torch::jit::getExecutorMode() = true;
  torch::jit::getProfilingMode() = false;
}

// LibTorch would write what a model prints to standard output, into the pictures there.
void keep_prints_off_stdout() {
  static std::once_flag once;
  std::call_once(once, [] {
    torch::jit::setPrintHandler([](const std::string& text) {
      log_debug("the model prints: " + text.substr(0, text.find('\n')));
    });
  });
}

}  // namespace

LoadedModule load_module(const std::string& path, const Device& device, Precision precision,
                         std::span<const std::string_view> fp32_prefixes) {
  const auto file = open_checked_archive(path);
  use_plain_executor();
  keep_prints_off_stdout();
  LoadedModule loaded;
  loaded.device = torch_device(device);
  loaded.type = scalar_type(precision);
  try {
    torch::jit::ExtraFilesMap extra{{std::string(kMetadataFile), {}}};
    // What stands in the archive for debuggers only is not checked, therefore not read.
    run_with_stack(kScriptStack, [&] {
      loaded.module = torch::jit::load(file, c10::kCPU, extra, /*load_debug_files=*/false);
      check_module(loaded.module, path);
    });
    loaded.metadata = extra.at(std::string(kMetadataFile));
    loaded.module.eval();
    loaded.module.to(loaded.device);
    loaded.exact = convert_weights(loaded.module, loaded.type, fp32_prefixes);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& exception) {
    throw translate_torch_error(exception, ErrorCode::kModelInvalid, path,
                                "LibTorch cannot load it", kExportHint);
  }
  return loaded;
}

c10::IValue run_method(const LoadedModule& loaded, const std::string& path,
                       const std::string& method, std::vector<c10::IValue> arguments,
                       const std::string& hint) {
  const c10::InferenceMode inference;
  const torch::jit::GraphOptimizerEnabledGuard plain(false);
  try {
    return loaded.module.get_method(method)(std::move(arguments));
  } catch (const std::exception& exception) {
    throw translate_torch_error(exception, ErrorCode::kModelInvalid, path,
                                "the network failed to run", hint);
  }
}

}  // namespace stylize
