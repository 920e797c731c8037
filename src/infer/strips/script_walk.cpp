#include "script_walk.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <utility>

#include "changes.h"
#include "patterns.h"
#include "styled_layers.h"
#include "stylize/core/error.h"

namespace stylize::strips {
namespace {

namespace jit = torch::jit;

// Blocks within blocks, and maps upon maps: both are gone through by functions that call
// themselves.
constexpr int kDeepestBlock = 64;
constexpr int kDeepestMap = 16;

// The node of `block` that `user` is, or lies in.
const jit::Node* ancestor_in(const jit::Block* block, const jit::Node* user) {
  while (user->owningBlock() != block) {
    user = user->owningBlock()->owningNode();
  }
  return user;
}

[[noreturn]] void refuse(const jit::Node& node) {
  throw Error(ErrorCode::kModelInvalid, node.kind().toQualString(),
              "is left to LibTorch's interpreter");
}

bool is_same(const Slot& a, const Slot& b) {
  if (a.index() != b.index() || std::holds_alternative<c10::IValue>(a)) {
    return false;
  }
  return a == b;
}

}  // namespace

std::string describe(const WalkReport& report) {
  const auto list = [](const std::map<std::string, int>& operators) {
    std::string text;
    for (const auto& [name, count] : operators) {
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name;
    }
    return text.empty() ? "nothing" : text;
  };
  return "in strips: " + list(report.in_strips) + "; whole: " + list(report.whole);
}

ScriptWalk::ScriptWalk(const jit::Module& module, at::ScalarType type, const std::string& method)
    : module_(module),
      method_(method),
      graph_(module.get_method(method).graph()->copy()),
      features_(type == at::kBFloat16 ? Element::kBfloat16 : Element::kFloat) {
  jit::Inline(*graph_);
  styled_layers_ = type == at::kFloat ? find_styled_layers(graph_) : 0;
  prepare(*graph_->block(), 0);
}

bool ScriptWalk::can_run(const jit::Node& node) {
  switch (node.kind()) {
    case jit::prim::Constant:
    case jit::prim::GetAttr:
    case jit::prim::unchecked_cast:
    case jit::prim::If:
    case jit::prim::Loop:
    case jit::prim::ListConstruct:
    case jit::prim::TupleConstruct:
    case jit::prim::TupleUnpack:
    case jit::prim::ListUnpack:
    case jit::prim::RaiseException: return true;
    default:
      return node.kind() == styled_layer() || node.kind() == styled_energy() ||
             (node.blocks().empty() && node.maybeOperator() != nullptr);
  }
}

// Feature maps are large: each goes as soon as nothing needs it any more, which is noted here.
void ScriptWalk::prepare(const jit::Block& block, int depth) {
  if (depth > kDeepestBlock) {
    refuse(*block.owningNode());
  }
  const auto note = [&](const jit::Value* value) {
    const jit::Node* last = nullptr;
    for (const jit::Use& use : value->uses()) {
      const jit::Node* user = ancestor_in(&block, use.user);
      last = last == nullptr || last->isBefore(user) ? user : last;
    }
    // What nothing needs goes as soon as it is there; inputs of a block have no such node.
    const bool is_input = value->node() == block.param_node();
    if (last != nullptr || !is_input) {
      last_uses_[last == nullptr ? value->node() : last].push_back(value);
    }
  };
  std::for_each(block.inputs().begin(), block.inputs().end(), note);
  for (const jit::Node* node : block.nodes()) {
    if (!can_run(*node)) {
      refuse(*node);
    }
    if (changes_tensors(*node)) {
      changing_.insert(node);
    }
    std::for_each(node->outputs().begin(), node->outputs().end(), note);
    for (const jit::Block* inner : node->blocks()) {
      prepare(*inner, depth + 1);
    }
  }
}

MapPtr ScriptWalk::run(const MapPtr& input) {
  Slot result = run_slots({input});
  if (const auto* value = std::get_if<c10::IValue>(&result);
      value != nullptr && value->isTensor()) {
    result = c10::IValue(value->toTensor().to(features_.type()));
  }
  const std::optional<MapPtr> map = features_.map_of(result);
  if (!map) {
    throw Error(ErrorCode::kModelInvalid, method_, "returns no picture");
  }
  return *map;
}

at::Tensor ScriptWalk::run(const std::vector<c10::IValue>& arguments) {
  std::vector<Slot> slots;
  slots.reserve(arguments.size());
  for (const c10::IValue& argument : arguments) {
    // Where the script changes tensors, it may be this one.
    slots.emplace_back(changing_.empty() ? argument : argument.deepcopy());
  }
  const c10::IValue result = features_.evaluate(run_slots(std::move(slots)));
  if (!result.isTensor()) {
    throw Error(ErrorCode::kModelInvalid, method_, "returns no tensor");
  }
  return result.toTensor();
}

Slot ScriptWalk::run_slots(std::vector<Slot> arguments) {
  report_ = {.runs = report_.runs + 1, .in_strips = {}, .whole = {}};
  // What fails must not keep its maps until the next run.
  const auto forget = [](auto* slots) { slots->clear(); };
  const std::unique_ptr<decltype(slots_), decltype(forget)> forgets(&slots_, forget);
  const auto inputs = graph_->inputs();
  slots_[inputs[0]] = c10::IValue(module_._ivalue());
  const auto& schema = module_.get_method(method_).function().getSchema().arguments();
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    slots_[inputs[i]] = i > arguments.size() ? schema[i].default_value().value_or(c10::IValue())
                                             : std::move(arguments[i - 1]);
  }
  run_block(*graph_->block());
  return take_outputs(*graph_->block()).front();
}

void ScriptWalk::run_block(const jit::Block& block) {
  for (const jit::Node* node : block.nodes()) {
    run_node(*node);
    forget_after(*node);
  }
}

void ScriptWalk::forget_after(const jit::Node& node) {
  if (const auto dead = last_uses_.find(&node); dead != last_uses_.end()) {
    for (const jit::Value* value : dead->second) {
      slots_.erase(value);
    }
  }
}

std::vector<Slot> ScriptWalk::take_outputs(const jit::Block& block) {
  std::vector<Slot> outputs;
  for (const jit::Value* value : block.outputs()) {
    outputs.push_back(slots_.at(value));
  }
  forget_after(*block.return_node());
  return outputs;
}

void ScriptWalk::run_node(const jit::Node& node) {
  switch (node.kind()) {
    case jit::prim::Constant: {
      const auto value = jit::toIValue(node.output());
      slots_[node.output()] = value ? *value : c10::IValue();
      return;
    }
    case jit::prim::GetAttr:
      slots_[node.output()] =
          evaluated(node.input()).toObjectRef().getAttr(node.s(jit::attr::name));
      return;
    case jit::prim::unchecked_cast: slots_[node.output()] = slots_.at(node.input()); return;
    case jit::prim::If: run_if(node); return;
    case jit::prim::Loop: run_loop(node); return;
    default: break;
  }
  if (!run_styled(node) && !run_pattern(node) && !run_construct(node)) {
    run_operator(node);
  }
}

void ScriptWalk::run_if(const jit::Node& node) {
  const bool is_true = evaluated(node.input()).toBool();
  const jit::Block& block = *node.blocks()[is_true ? 0 : 1];
  run_block(block);
  const std::vector<Slot> outputs = take_outputs(block);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    slots_[node.outputs()[i]] = outputs[i];
  }
}

// Inputs: most rounds, whether to begin, what is carried; the block takes the round and what is
// carried, and gives whether to go on and what is carried.
void ScriptWalk::run_loop(const jit::Node& node) {
  const jit::Block& block = *node.blocks()[0];
  const std::int64_t rounds = evaluated(node.inputs()[0]).toInt();
  bool goes_on = evaluated(node.inputs()[1]).toBool();
  std::vector<Slot> carried;
  for (std::size_t i = 2; i < node.inputs().size(); ++i) {
    carried.push_back(slots_.at(node.inputs()[i]));
  }
  for (std::int64_t round = 0; goes_on && round < rounds; ++round) {
    slots_[block.inputs()[0]] = c10::IValue(round);
    for (std::size_t i = 0; i < carried.size(); ++i) {
      slots_[block.inputs()[i + 1]] = std::move(carried[i]);
    }
    run_block(block);
    std::vector<Slot> outputs = take_outputs(block);
    goes_on = features_.evaluate(outputs.front()).toBool();
    carried.assign(outputs.begin() + 1, outputs.end());
  }
  for (std::size_t i = 0; i < carried.size(); ++i) {
    slots_[node.outputs()[i]] = carried[i];
  }
}

// What the interpreter has instructions for instead of operators.
bool ScriptWalk::run_construct(const jit::Node& node) {
  switch (node.kind()) {
    case jit::prim::ListConstruct: {
      c10::impl::GenericList list(
          node.output()->type()->expectRef<c10::ListType>().getElementType());
      for (const jit::Value* input : node.inputs()) {
        list.push_back(evaluated(input));
      }
      slots_[node.output()] = c10::IValue(list);
      return true;
    }
    case jit::prim::TupleConstruct: {
      std::vector<c10::IValue> elements;
      for (const jit::Value* input : node.inputs()) {
        elements.push_back(evaluated(input));
      }
      slots_[node.output()] = c10::ivalue::Tuple::create(std::move(elements));
      return true;
    }
    case jit::prim::TupleUnpack:
      unpack(node, evaluated(node.input()).toTupleRef().elements());
      return true;
    case jit::prim::ListUnpack: unpack(node, evaluated(node.input()).toListRef()); return true;
    default: return false;
  }
}

void ScriptWalk::unpack(const jit::Node& node, c10::ArrayRef<c10::IValue> elements) {
  if (elements.size() != node.outputs().size()) {
    refuse(node);
  }
  for (std::size_t i = 0; i < elements.size(); ++i) {
    slots_[node.outputs()[i]] = elements[i];
  }
}

bool ScriptWalk::run_styled(const jit::Node& node) {
  if (node.kind() == styled_energy()) {
    slots_[node.output()] = c10::IValue(styled_.energy(evaluated(node.input()).toTensor()).clone());
    return true;
  }
  if (node.kind() != styled_layer()) {
    return false;
  }
  std::vector<c10::IValue> operands;
  for (const jit::Value* input : node.inputs()) {
    operands.push_back(evaluated(input));
  }
  const auto tensor = [&](std::size_t index) {
    return operands[index].isNone() ? at::Tensor() : operands[index].toTensor();
  };
  slots_[node.output()] = c10::IValue(styled_.run({.input = tensor(0),
                                                   .weight = tensor(1),
                                                   .style = tensor(2),
                                                   .gain = tensor(3),
                                                   .bias = tensor(4),
                                                   .noise = tensor(5),
                                                   .filter = tensor(6),
                                                   .slope = operands[7].toScalar().toDouble()}));
  ++report_.in_strips["styled_layer"];
  return true;
}

bool ScriptWalk::run_pattern(const jit::Node& node) {
  const PatternEntry* entry = find_pattern(node.kind());
  if (entry == nullptr) {
    return false;
  }
  std::vector<Slot> operands;
  for (const jit::Value* input : node.inputs()) {
    operands.push_back(slots_.at(input));
  }
  // Of the same name, some write to where they are told. And tensors of others may be seen through
  // others' eyes, too.
  if (changing_.contains(&node) != entry->is_in_place ||
      (entry->is_in_place && std::holds_alternative<c10::IValue>(operands.front()))) {
    return false;
  }
  std::optional<Slot> result = entry->pattern(features_, {node, operands});
  if (!result) {
    return false;
  }
  if (const auto* map = std::get_if<MapPtr>(&*result);
      map != nullptr && (*map)->depth > kDeepestMap) {
    result = features_.store(*map);
  }
  if (!entry->asks_shape) {
    ++report_.in_strips[node.kind().toUnqualString()];
  }
  if (entry->is_in_place) {
    rebind(operands.front(), *result);
  }
  slots_[node.output()] = std::move(*result);
  return true;
}

void ScriptWalk::rebind(const Slot& from, const Slot& to) {
  for (auto& [value, slot] : slots_) {
    if (is_same(slot, from)) {
      slot = to;
    }
  }
}

void ScriptWalk::run_operator(const jit::Node& node) {
  if (node.kind() == jit::prim::RaiseException) {
    refuse(node);
  }
  // What is not computed yet must not see what this changes.
  if (changing_.contains(&node)) {
    evaluate_all();
  }
  c10::Stack stack;
  for (const jit::Value* input : node.inputs()) {
    if (!std::holds_alternative<c10::IValue>(slots_.at(input))) {
      ++report_.whole[node.kind().toUnqualString()];
    }
    stack.push_back(evaluated(input));
  }
  if (node.getOperator().schema().is_vararg()) {
    stack.emplace_back(static_cast<std::int64_t>(node.inputs().size()));
  }
  node.getOperation()(stack);
  if (stack.size() != node.outputs().size()) {
    refuse(node);
  }
  for (std::size_t i = 0; i < stack.size(); ++i) {
    slots_[node.outputs()[i]] = std::move(stack[i]);
  }
}

void ScriptWalk::evaluate_all() {
  for (const auto& entry : slots_) {
    evaluated(entry.first);
  }
}

c10::IValue ScriptWalk::evaluated(const jit::Value* value) {
  Slot& slot = slots_.at(value);
  const auto* map = std::get_if<MapPtr>(&slot);
  if (map == nullptr) {
    return std::get<c10::IValue>(slot);
  }
  const Slot before = slot;
  // One operator's view of a picture is not what all others get, unless one may change it.
  if (features_.is_finer(**map) && changing_.empty()) {
    rebind(before, features_.store(*map));
    return features_.evaluate(slots_.at(value));
  }
  rebind(before, features_.evaluate(before));
  return std::get<c10::IValue>(slot);
}

}  // namespace stylize::strips
