#include "operator_policy.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stylize {
namespace {

struct Denied {
  std::string_view space;
  std::string_view name;
  std::string_view reason;
};

// All operators of LibTorch 2.11 with access to anything but memory and the processor; look here
// first when LibTorch is updated. The namespaces that are not allowed as a whole are in the table
// only where their methods could be written without the namespace.
constexpr std::array<Denied, 8> kDenied{{
    {"aten", "save", "writes files"},
    {"aten", "from_file", "opens files"},
    {"debugprims", "load_tensor", "reads files"},
    {"prim", "rpc_sync", "calls other computers"},
    {"prim", "rpc_async", "calls other computers"},
    {"prim", "rpc_remote", "calls other computers"},
    {"prim", "PythonOp", "calls Python"},
    {"prim", "IgnoredPythonOp", "calls Python"},
}};

}  // namespace

std::string reason_against_operator(std::string_view space, std::string_view name) {
  const auto* const found = std::find_if(kDenied.begin(), kDenied.end(), [&](const Denied& denied) {
    return denied.space == space && denied.name == name;
  });
  if (found != kDenied.end()) {
    return std::string(found->reason);
  }
  if (space != "aten" && space != "prim") {
    return "is none of the arithmetic operators that models may use";
  }
  return {};
}

std::string reason_against_method(std::string_view name) {
  const auto* const found = std::find_if(kDenied.begin(), kDenied.end(),
                                         [&](const Denied& denied) { return denied.name == name; });
  return found == kDenied.end() ? std::string() : std::string(found->reason);
}

bool is_native_class(std::string_view name) {
  constexpr std::string_view kPrefix = "__torch__.torch.classes";
  return name.substr(0, kPrefix.size()) == kPrefix;
}

std::optional<std::uint64_t> storage_element_size(std::string_view storage) {
  using Type = std::pair<std::string_view, std::uint64_t>;
  constexpr std::array<Type, 11> kTypes{{{"torch FloatStorage", 4},
                                         {"torch HalfStorage", 2},
                                         {"torch BFloat16Storage", 2},
                                         {"torch DoubleStorage", 8},
                                         {"torch LongStorage", 8},
                                         {"torch IntStorage", 4},
                                         {"torch ShortStorage", 2},
                                         {"torch CharStorage", 1},
                                         {"torch ByteStorage", 1},
                                         {"torch BoolStorage", 1},
                                         {"torch ComplexFloatStorage", 8}}};
  const auto* const found = std::find_if(kTypes.begin(), kTypes.end(),
                                         [&](const Type& type) { return type.first == storage; });
  return found == kTypes.end() ? std::nullopt : std::optional(found->second);
}

bool is_pickle_function(std::string_view global) {
  constexpr std::array<std::string_view, 9> kNames{"torch._utils _rebuild_tensor_v2",
                                                   "collections OrderedDict",
                                                   "torch.jit._pickle build_intlist",
                                                   "torch.jit._pickle build_tensorlist",
                                                   "torch.jit._pickle build_doublelist",
                                                   "torch.jit._pickle build_boollist",
                                                   "torch.jit._pickle restore_type_tag",
                                                   "builtins complex",
                                                   "torch device"};
  return std::find(kNames.begin(), kNames.end(), global) != kNames.end();
}

bool is_archive_class(std::string_view global) {
  return global.starts_with("__torch__") && !is_native_class(global);
}

}  // namespace stylize
