// Which of LibTorch's operators and classes a model may use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stylize {

// Why an operator is not for models ("writes files"), empty when it is. `space` and `name` are the
// two halves of its name, as in aten::save. Only arithmetic on tensors (aten) and the language
// itself (prim) are, less what reaches files, other programs or the network. Thread safe.
std::string reason_against_operator(std::string_view space, std::string_view name);

// The same where only the last half is written, as in `torch.save` or `x.save`: a tensor's method
// may be an operator, whatever stands in front of it.
std::string reason_against_method(std::string_view name);

// Classes that LibTorch implements in C++ (quantized weights, process groups, loaders of compiled
// models): they do more than arithmetic. `name` is qualified, as in "__torch__.module.Class".
bool is_native_class(std::string_view name);

// Whether a pickle may name this, as in "module Class": a class that the archive itself defines.
bool is_archive_class(std::string_view global);

// The same: one of the few functions that put tensors and lists together.
bool is_pickle_function(std::string_view global);

// The same: a type of weights ("torch FloatStorage"), with the bytes of one.
std::optional<std::uint64_t> storage_element_size(std::string_view global);

}  // namespace stylize
