// Which nodes of a script change tensors that others may see.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

namespace stylize::strips {

// By itself, its blocks aside. Lists that may hold tensors count as such.
bool changes_tensors(const torch::jit::Node& node);

// Any of a block's nodes, and of the blocks within.
bool changes_tensors(const torch::jit::Block& block);

}  // namespace stylize::strips
