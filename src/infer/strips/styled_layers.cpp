#include "styled_layers.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "changes.h"

namespace stylize::strips {
namespace {

namespace jit = torch::jit;
using Integers = std::vector<std::int64_t>;

// The operand of the operator that `value` comes from; null where that is another one, or `value`
// is null already: steps back can be strung together.
jit::Value* back(jit::Value* value, const char* kind, std::size_t index = 0) {
  if (value == nullptr || value->node()->kind() != c10::Symbol::fromQualString(kind) ||
      index >= value->node()->inputs().size()) {
    return nullptr;
  }
  return value->node()->inputs()[index];
}

std::optional<std::int64_t> integer(jit::Value* value) {
  const auto constant = value == nullptr ? std::nullopt : jit::toIValue(value);
  return constant && constant->isInt() ? std::optional(constant->toInt()) : std::nullopt;
}

bool is_false(jit::Value* value) {
  const auto constant = value == nullptr ? std::nullopt : jit::toIValue(value);
  return constant && constant->isBool() && !constant->toBool();
}

bool is_none(jit::Value* value) {
  const auto constant = value == nullptr ? std::nullopt : jit::toIValue(value);
  return constant && constant->isNone();
}

// A list of constants.
bool are(jit::Value* value, const Integers& expected) {
  if (value == nullptr) {
    return false;
  }
  if (const auto constant = jit::toIValue(value)) {
    return constant->isIntList() && constant->toIntVector() == expected;
  }
  if (value->node()->kind() != jit::prim::ListConstruct ||
      value->node()->inputs().size() != expected.size()) {
    return false;
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (integer(value->node()->inputs()[i]) != expected[i]) {
      return false;
    }
  }
  return true;
}

// weight[0]
jit::Value* first_of(jit::Value* value) {
  constexpr const char* kSelect = "aten::select";
  const bool is_first =
      integer(back(value, kSelect, 1)) == 0 && integer(back(value, kSelect, 2)) == 0;
  return is_first ? back(value, kSelect) : nullptr;
}

// value.to(type)
jit::Value* converted(jit::Value* value) { return back(value, "aten::to"); }

// value[:, :, None, None]
jit::Value* widened(jit::Value* value) {
  constexpr const char* kUnsqueeze = "aten::unsqueeze";
  constexpr const char* kSlice = "aten::slice";
  for (const std::int64_t axis : {3, 2}) {
    if (integer(back(value, kUnsqueeze, 1)) != axis) {
      return nullptr;
    }
    value = back(value, kUnsqueeze);
  }
  for (const std::int64_t axis : {1, 0}) {
    if (integer(back(value, kSlice, 1)) != axis || !is_none(back(value, kSlice, 2)) ||
        !is_none(back(value, kSlice, 3)) || integer(back(value, kSlice, 4)) != 1) {
      return nullptr;
    }
    value = back(value, kSlice);
  }
  return value;
}

// What is made of it once is kept.
bool is_of_network(jit::Value* value) {
  return value != nullptr && value->node()->kind() == jit::prim::GetAttr;
}

struct Layer {
  jit::Value* input = nullptr;
  jit::Value* weight = nullptr;
  jit::Value* style = nullptr;
  jit::Value* gain = nullptr;
  jit::Value* bias = nullptr;
  jit::Value* filter = nullptr;  // or none
};

// weight[0] * (gain.view(-1, 1) * style).to(type)[:, :, None, None]
bool match_weight(jit::Value* value, Layer& layer) {
  constexpr const char* kMul = "aten::mul";
  layer.weight = first_of(back(value, kMul));
  jit::Value* const factors = converted(widened(back(value, kMul, 1)));
  jit::Value* const column = back(factors, kMul);
  layer.gain = are(back(column, "aten::view", 1), {-1, 1}) ? back(column, "aten::view") : nullptr;
  layer.style = back(factors, kMul, 1);
  return is_of_network(layer.weight) && layer.gain != nullptr && layer.style != nullptr;
}

// [side // 2, side // 2] of the weight's side
bool is_half_side(jit::Value* padding, jit::Value* weight) {
  if (padding == nullptr || padding->node()->kind() != jit::prim::ListConstruct ||
      padding->node()->inputs().size() != 2) {
    return false;
  }
  const auto sides = padding->node()->inputs();
  return std::all_of(sides.begin(), sides.end(), [&](jit::Value* side) {
    jit::Value* const length = back(side, "aten::floordiv");
    return integer(back(side, "aten::floordiv", 1)) == 2 && back(length, "aten::size") == weight &&
           integer(back(length, "aten::size", 1)) == 2;
  });
}

// Of conv2d(input, weight, bias, stride, padding, dilation, groups)
constexpr std::size_t kWeight = 1;
constexpr std::size_t kBias = 2;
constexpr std::size_t kStride = 3;
constexpr std::size_t kPadding = 4;
constexpr std::size_t kDilation = 5;
constexpr std::size_t kGroups = 6;

bool match_plain(jit::Value* value, Layer& layer) {
  constexpr const char* kConvolution = "aten::conv2d";
  jit::Value* const weight = back(value, kConvolution, kWeight);
  layer.input = back(value, kConvolution);
  layer.bias = back(value, kConvolution, kBias);
  return match_weight(weight, layer) && are(back(value, kConvolution, kStride), {1, 1}) &&
         is_half_side(back(value, kConvolution, kPadding), weight) &&
         are(back(value, kConvolution, kDilation), {1, 1}) &&
         integer(back(value, kConvolution, kGroups)) == 1;
}

// x.size(1)
bool is_channels(jit::Value* value, jit::Value* of) {
  return back(value, "aten::size") == of && integer(back(value, "aten::size", 1)) == 1;
}

// kernel.view(1, 1, 4, 4).expand(channels, 1, 4, 4).flip(2, 3)
jit::Value* match_filter(jit::Value* value, jit::Value* wide) {
  jit::Value* const expanded = back(value, "aten::flip");
  jit::Value* const sizes = back(expanded, "aten::expand", 1);
  jit::Value* const channels = back(sizes, "prim::ListConstruct");
  jit::Value* const view = back(expanded, "aten::expand");
  const bool fits = are(back(value, "aten::flip", 1), {2, 3}) && is_channels(channels, wide) &&
                    are(back(view, "aten::view", 1), {1, 1, 4, 4});
  return fits ? back(view, "aten::view") : nullptr;
}

// conv2d(wide, filter, bias, 1, 1, 1, channels) of wide = conv_transpose2d(input,
// weight.transpose(0, 1), None, 2)
bool match_doubling(jit::Value* value, Layer& layer) {
  constexpr const char* kConvolution = "aten::conv2d";
  constexpr const char* kTransposed = "aten::conv_transpose2d";
  jit::Value* const wide = back(value, kConvolution);
  jit::Value* const weight = back(wide, kTransposed, kWeight);
  layer.input = back(wide, kTransposed);
  layer.bias = back(value, kConvolution, kBias);
  layer.filter = match_filter(back(value, kConvolution, kWeight), wide);
  const Integers ones{1, 1};
  const Integers zeros{0, 0};
  // conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, dilation)
  constexpr std::size_t kOutputPadding = 5;
  constexpr std::size_t kLast = 7;
  return layer.filter != nullptr && match_weight(back(weight, "aten::transpose"), layer) &&
         integer(back(weight, "aten::transpose", 1)) == 0 &&
         integer(back(weight, "aten::transpose", 2)) == 1 &&
         is_none(back(wide, kTransposed, kBias)) && are(back(wide, kTransposed, kStride), {2, 2}) &&
         are(back(wide, kTransposed, kPadding), zeros) &&
         are(back(wide, kTransposed, kOutputPadding), zeros) &&
         integer(back(wide, kTransposed, kGroups)) == 1 &&
         are(back(wide, kTransposed, kLast), ones) &&
         are(back(value, kConvolution, kStride), ones) &&
         are(back(value, kConvolution, kPadding), ones) &&
         are(back(value, kConvolution, kDilation), ones) &&
         is_channels(back(value, kConvolution, kGroups), wide);
}

// The result of a branch, which is the one for a single picture of the layer's input.
bool is_for_one(jit::Node& branch, jit::Value* input) {
  jit::Value* const count = back(branch.input(), "aten::eq");
  return integer(back(branch.input(), "aten::eq", 1)) == 1 && back(count, "aten::size") == input &&
         integer(back(count, "aten::size", 1)) == 0;
}

bool is_within(const jit::Node& node, const jit::Node& branch) {
  const jit::Node* outer = node.owningBlock()->owningNode();
  while (outer != nullptr && outer != &branch) {
    outer = outer->owningBlock()->owningNode();
  }
  return outer == &branch;
}

// Out of the branch; attributes can be read wherever their object is. Whether it could be.
bool move_out(jit::Value& value, jit::Node& branch) {
  jit::Node* const node = value.node();
  if (!is_within(*node, branch)) {
    return true;
  }
  if (node->kind() != jit::prim::GetAttr || !move_out(*node->input(), branch)) {
    return false;
  }
  node->moveBefore(&branch);
  return true;
}

// The layer is computed where its last node stands: nothing before may change what it reads.
bool is_undisturbed(const jit::Node& branch, const jit::Node& sum, const jit::Node& leaky) {
  if (branch.owningBlock() != leaky.owningBlock() || sum.owningBlock() != leaky.owningBlock() ||
      changes_tensors(*branch.blocks()[0])) {
    return false;
  }
  for (const jit::Node* node = branch.next(); node != &leaky; node = node->next()) {
    const bool changes =
        changes_tensors(*node) ||
        std::any_of(node->blocks().begin(), node->blocks().end(),
                    [](const jit::Block* block) { return changes_tensors(*block); });
    if (node != &sum && changes) {
      return false;
    }
  }
  return true;
}

// leaky_relu_(add_(branch, noise, alpha=1), slope), where nothing else needs what is within, but
// for its type.
bool replace_layer(jit::Graph& graph, jit::Node& leaky) {
  jit::Value* const sum = back(leaky.output(), "aten::leaky_relu_");
  jit::Value* const made = back(sum, "aten::add_");
  if (made == nullptr || made->node()->kind() != jit::prim::If || sum->uses().size() != 1 ||
      made->node()->outputs().size() != 1 || integer(back(sum, "aten::add_", 2)) != 1) {
    return false;
  }
  jit::Node& branch = *made->node();
  jit::Value* const result = branch.blocks()[0]->outputs()[0];
  Layer layer;
  if (!match_doubling(result, layer)) {
    layer = {};
    if (!match_plain(result, layer)) {
      return false;
    }
  }
  std::vector<jit::Use> uses = made->uses();
  for (const jit::Use& use : uses) {
    if (use.user != sum->node() && use.user->kind() != jit::prim::dtype) {
      return false;
    }
  }
  if (!is_for_one(branch, layer.input) || !is_undisturbed(branch, *sum->node(), leaky) ||
      back(sum, "aten::add_", 1) == made) {
    return false;
  }
  std::vector<jit::Value*> operands{layer.input, layer.weight, layer.style,
                                    layer.gain,  layer.bias,   back(sum, "aten::add_", 1)};
  jit::WithInsertPoint insert(&leaky);
  operands.push_back(layer.filter == nullptr ? graph.insertConstant(c10::IValue()) : layer.filter);
  operands.push_back(leaky.inputs()[1]);
  for (jit::Value* operand : operands) {
    if (!move_out(*operand, branch)) {
      return false;
    }
  }
  jit::Node* const node = graph.insertNode(graph.create(styled_layer(), operands));
  node->output()->setType(leaky.output()->type());
  for (const jit::Use& use : uses) {
    if (use.user->kind() == jit::prim::dtype) {
      use.user->replaceInput(use.offset, layer.input);
    }
  }
  leaky.output()->replaceAllUsesWith(node->output());
  jit::Node* const addition = sum->node();
  leaky.destroy();
  addition->destroy();
  branch.destroy();
  return true;
}

// weight[0].float().square().sum([2, 3])
bool replace_energy(jit::Graph& graph, jit::Node& node) {
  jit::Value* const sum = node.output();
  jit::Value* const as_float = back(back(sum, "aten::sum"), "aten::square");
  jit::Value* const weight = first_of(converted(as_float));
  const bool is_float =
      integer(back(as_float, "aten::to", 1)) == static_cast<std::int64_t>(at::kFloat);
  if (!is_of_network(weight) || !is_float || !are(back(sum, "aten::sum", 1), {2, 3}) ||
      !is_false(back(sum, "aten::sum", 2)) || !is_none(back(sum, "aten::sum", 3))) {
    return false;
  }
  const jit::WithInsertPoint insert(&node);
  jit::Node* const energy = graph.insertNode(graph.create(styled_energy(), {weight}));
  energy->output()->setType(sum->type());
  sum->replaceAllUsesWith(energy->output());
  return true;
}

// How often `replace` did, of all nodes of a kind.
template <typename Replace>
int replace_all(jit::Block& block, c10::Symbol kind, const Replace& replace) {
  int found = 0;
  for (auto it = block.nodes().begin(); it != block.nodes().end();) {
    jit::Node& node = **it;
    ++it;  // the node may go
    for (jit::Block* inner : node.blocks()) {
      found += replace_all(*inner, kind, replace);
    }
    found += node.kind() == kind && replace(node) ? 1 : 0;
  }
  return found;
}

}  // namespace

c10::Symbol styled_layer() {
  static const c10::Symbol kSymbol = c10::Symbol::fromQualString("prim::StyledLayer");
  return kSymbol;
}

c10::Symbol styled_energy() {
  static const c10::Symbol kSymbol = c10::Symbol::fromQualString("prim::StyledEnergy");
  return kSymbol;
}

int find_styled_layers(const std::shared_ptr<jit::Graph>& graph) {
  const int found = replace_all(*graph->block(), jit::aten::leaky_relu_,
                                [&](jit::Node& node) { return replace_layer(*graph, node); });
  if (found > 0) {
    replace_all(*graph->block(), jit::aten::sum,
                [&](jit::Node& node) { return replace_energy(*graph, node); });
    jit::EliminateDeadCode(graph->block());
  }
  return found;
}

}  // namespace stylize::strips
