// Which operators of a network run in strips, and how: one table.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <optional>
#include <vector>

#include "features.h"

namespace stylize::strips {

struct Operation {
  const torch::jit::Node& node;
  const std::vector<Slot>& operands;
};

// The result, or nothing where the operands are not of the kind that runs in strips.
using Pattern = std::optional<Slot> (*)(Features& features, const Operation& operation);

struct PatternEntry {
  Pattern pattern = nullptr;
  bool is_in_place = false;  // the first operand becomes the result, too
  bool asks_shape = false;   // and computes nothing
};

// What an operator gives: a map that is used again, or within a loop, is computed at once, so that
// it is not computed again.
Slot result(Features& features, const Operation& operation, MapPtr map);

// Null for other operators.
const PatternEntry* find_pattern(c10::Symbol kind);

}  // namespace stylize::strips
