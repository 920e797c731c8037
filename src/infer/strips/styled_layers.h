// Finds StyleGAN2's layers in a script, so that each can be computed as a whole.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace stylize::strips {

// The operators that stand for them afterwards, which LibTorch does not know (in its own namespace,
// since its passes stop at unknown operators of others):
//   layer(input, weight, style, gain, bias, noise, filter or None, slope), see StyledConvolution
//   energy(weight), see StyledRunner
c10::Symbol styled_layer();
c10::Symbol styled_energy();

// Replaces the layers of an inlined graph, which compute the same afterwards as long as they are
// given one picture at a time; nothing else is touched. How many there were.
int find_styled_layers(const std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace stylize::strips
