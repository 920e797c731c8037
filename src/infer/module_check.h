// Checks a TorchScript module after loading and before anything of it runs.
#pragma once

#include <string_view>

#include <torch/script.h>

namespace stylize {

// Throws Error kModelInvalid naming `subject` unless every operator of every method is allowed
// (operator_policy.h), the code written out is of a sane length, and each attribute holds what its
// class declares, which LibTorch takes on trust. Thread safe.
void check_module(const torch::jit::Module& module, std::string_view subject);

// Throws Error kModelInvalid naming `subject` unless forward takes one tensor (all else has
// defaults) and returns one, as networks for whole frames do. Thread safe.
void check_frame_forward(const torch::jit::Module& module, std::string_view subject);

}  // namespace stylize
