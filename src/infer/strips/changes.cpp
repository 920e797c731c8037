#include "changes.h"

#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>

namespace stylize::strips {
namespace {

namespace jit = torch::jit;

// Lists of numbers and texts have nothing to do with maps.
bool may_hold_tensors(const c10::Type& type) {
  const auto* list = type.castRaw<c10::ListType>();
  if (list == nullptr) {
    return true;
  }
  switch (list->getElementType()->kind()) {
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::BoolType:
    case c10::TypeKind::StringType: return false;
    default: return true;
  }
}

}  // namespace

bool changes_tensors(const jit::Node& node) {
  if (node.maybeOperator() == nullptr) {
    return false;
  }
  const auto& arguments = node.getOperator().schema().arguments();
  for (std::size_t i = 0; i < arguments.size() && i < node.inputs().size(); ++i) {
    const c10::AliasInfo* alias = arguments[i].alias_info();
    if (alias != nullptr && alias->isWrite() && may_hold_tensors(*node.inputs()[i]->type())) {
      return true;
    }
  }
  return false;
}

bool changes_tensors(const jit::Block& block) {
  return std::any_of(block.nodes().begin(), block.nodes().end(), [](const jit::Node* node) {
    return changes_tensors(*node) ||
           std::any_of(node->blocks().begin(), node->blocks().end(),
                       [](const jit::Block* inner) { return changes_tensors(*inner); });
  });
}

}  // namespace stylize::strips
