// Checked TorchScript modules, ready to run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <torch/script.h>

#include "exact_vectors.h"
#include "stylize/infer/device.h"
#include "stylize/infer/precision.h"

namespace stylize {

struct LoadedModule {
  torch::jit::Module module;
  std::string metadata;  // text of the archive's extra file stylize.json; empty when it has none
  c10::Device device{c10::kCPU};
  at::ScalarType type = at::kFloat;
  ExactVectors exact;
};

// Checks the archive and its code, loads it on the device with its weights in the precision,
// channels-last; those whose names begin with one of `fp32_prefixes` stay fp32. Throws Error
// kModelMissing or kModelInvalid, naming `path`.
LoadedModule load_module(const std::string& path, const Device& device, Precision precision,
                         std::span<const std::string_view> fp32_prefixes = {});

// Runs a method without recording gradients, graph as it stands. What it throws becomes an Error
// that names `path`, with `hint` as its remedy.
c10::IValue run_method(const LoadedModule& loaded, const std::string& path,
                       const std::string& method, std::vector<c10::IValue> arguments,
                       const std::string& hint);

}  // namespace stylize
