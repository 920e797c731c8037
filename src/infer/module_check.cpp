#include "module_check.h"

#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "operator_policy.h"
#include "stylize/core/error.h"

namespace stylize {
namespace {

constexpr std::string_view kTrustHint = "use only models from sources you trust";
// Functions are written out where they are called before a run, so that a short text can become
// longer than any memory. Large networks have some ten thousand nodes.
constexpr std::uint64_t kMostNodes = 2'000'000;
// Writing them out takes stack, of whichever thread runs the network.
constexpr std::size_t kDeepestCalls = 300;

[[noreturn]] void refuse(std::string_view subject, const std::string& reason,
                         std::string_view remedy) {
  throw Error(ErrorCode::kModelInvalid, subject, reason, remedy);
}

struct Extent {
  std::uint64_t nodes = 0;
  std::size_t depth = 0;  // of calls, its own included
};

class GraphCheck {
 public:
  explicit GraphCheck(std::string_view subject) : subject_(subject) {}

  // Nodes of a function with all that it calls written out. TorchScript has no recursion.
  std::uint64_t nodes(torch::jit::Function& function) {
    const auto known = extents_.find(&function);
    if (known != extents_.end()) {
      deepest_callee_ = std::max(deepest_callee_, known->second.depth);
      return known->second.nodes;
    }
    extents_.emplace(&function, Extent{});
    const std::size_t sibling_depth = std::exchange(deepest_callee_, 0);
    Extent extent;
    if (auto* graph_function = torch::jit::tryToGraphFunction(function)) {
      graph_function->ensure_defined();
      extent.nodes = nodes(*graph_function->graph()->block());
    }
    extent.depth = deepest_callee_ + 1;
    if (extent.nodes > kMostNodes) {
      refuse(subject_, "its code has more than " + std::to_string(kMostNodes) + " operations",
             "is this a model?");
    }
    if (extent.depth > kDeepestCalls) {
      refuse(subject_, "its functions call each other too deeply", "is this a model?");
    }
    deepest_callee_ = std::max(sibling_depth, extent.depth);
    extents_[&function] = extent;
    return extent.nodes;
  }

 private:
  std::uint64_t nodes(const torch::jit::Block& block) {
    std::uint64_t count = 0;
    for (const torch::jit::Node* node : block.nodes()) {
      check(*node);
      count += 1 + called(*node);
      for (const torch::jit::Block* inner : node->blocks()) {
        count += nodes(*inner);
      }
      if (count > kMostNodes) {
        break;
      }
    }
    return count;
  }

  std::uint64_t called(const torch::jit::Node& node) {
    std::uint64_t count = 0;
    if (node.kind() == torch::jit::prim::CallFunction) {
      if (const auto type = node.input(0)->type()->cast<c10::FunctionType>()) {
        count = nodes(*type->function());
      }
    } else if (node.kind() == torch::jit::prim::CallMethod) {
      const auto type = node.input(0)->type()->cast<c10::ClassType>();
      auto* method = type ? type->findMethod(node.s(torch::jit::attr::name)) : nullptr;
      count = method == nullptr ? 0 : nodes(*method);
    }
    for (const c10::Symbol name : node.attributeNames()) {
      if (node.kindOf(name) == torch::jit::AttributeKind::g) {
        count += nodes(*node.g(name)->block());
      }
    }
    return count;
  }

  void check(const torch::jit::Node& node) const {
    const std::string space = node.kind().ns().toUnqualString();
    const std::string name = node.kind().toUnqualString();
    if (const std::string reason = reason_against_operator(space, name); !reason.empty()) {
      refuse(subject_, "its code uses '" + space + "::" + name + "', which " + reason, kTrustHint);
    }
    for (const torch::jit::Value* output : node.outputs()) {
      const auto type = output->type()->cast<c10::ClassType>();
      if (type && type->name() && is_native_class(type->name()->qualifiedName())) {
        refuse(subject_, "its code uses '" + type->name()->qualifiedName() + "'", kTrustHint);
      }
    }
  }

  std::string_view subject_;
  std::size_t deepest_callee_ = 0;  // of the function being counted
  std::unordered_map<const torch::jit::Function*, Extent> extents_;
};

class AttributeCheck {
 public:
  explicit AttributeCheck(std::string_view subject) : subject_(subject) {}

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the pickle, which is limited
  void check_object(const c10::ivalue::Object& object) {
    if (!seen_.insert(&object).second) {
      return;
    }
    const c10::ClassType& type = *object.type();
    for (std::size_t i = 0; i < type.numAttributes(); ++i) {
      if (i >= object.slots().size() || !holds(object.getSlot(i), *type.getAttribute(i))) {
        refuse(subject_,
               "its attribute '" + type.getAttributeName(i) + "' is not the '" +
                   type.getAttribute(i)->annotation_str() + "' that its code expects",
               "download it or export it again");
      }
    }
  }

 private:
  bool holds_all(const c10::ArrayRef<c10::IValue>& values, const c10::Type& type) {
    return std::all_of(values.begin(), values.end(),
                       [&](const c10::IValue& value) { return holds(value, type); });
  }

  bool holds(const c10::IValue& value, const c10::Type& type) {
    if (const auto* optional = type.castRaw<c10::OptionalType>()) {
      return value.isNone() || holds(value, *optional->getElementType());
    }
    if (value.isObject()) {
      check_object(value.toObjectRef());
      return value.type()->isSubtypeOf(type);
    }
    if (value.isList() && type.kind() == c10::TypeKind::ListType) {
      const auto values = value.toListRef();
      return holds_all(values, *type.containedType(0));
    }
    if (value.isTuple() && type.kind() == c10::TypeKind::TupleType) {
      const auto& values = value.toTupleRef().elements();
      bool fits = values.size() == type.containedTypeSize();
      for (std::size_t i = 0; fits && i < values.size(); ++i) {
        fits = holds(values[i], *type.containedType(i));
      }
      return fits;
    }
    if (value.isGenericDict() && type.kind() == c10::TypeKind::DictType) {
      const auto entries = value.toGenericDict();
      return std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
        return holds(entry.key(), *type.containedType(0)) &&
               holds(entry.value(), *type.containedType(1));
      });
    }
    return value.type()->isSubtypeOf(type);
  }

  std::string_view subject_;
  std::unordered_set<const c10::ivalue::Object*> seen_;
};

// "(Tensor, int) -> Tensor", without the module itself.
std::string schema_text(const c10::FunctionSchema& schema) {
  std::string text = "(";
  for (std::size_t i = 1; i < schema.arguments().size(); ++i) {
    text += (i > 1 ? ", " : "") + schema.arguments()[i].type()->annotation_str();
  }
  text += ") -> ";
  return text + (schema.returns().empty() ? "None" : schema.returns()[0].type()->annotation_str());
}

}  // namespace

void check_module(const torch::jit::Module& module, std::string_view subject) {
  AttributeCheck(subject).check_object(*module._ivalue());
  GraphCheck graphs(subject);
  for (torch::jit::Function* function : module._ivalue()->compilation_unit()->get_functions()) {
    graphs.nodes(*function);
  }
}

void check_frame_forward(const torch::jit::Module& module, std::string_view subject) {
  constexpr std::string_view kRemedy = "is this a model for whole frames?";
  const auto forward = module.find_method("forward");
  if (!forward) {
    refuse(subject, "has no method 'forward'", kRemedy);
  }
  const c10::FunctionSchema& schema = forward->function().getSchema();
  const auto& arguments = schema.arguments();  // the first is the module itself
  std::size_t needed = 0;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    needed += arguments[i].default_value().has_value() ? 0U : 1U;
  }
  const bool takes_tensor =
      arguments.size() > 1 && arguments[1].type()->kind() == c10::TypeKind::TensorType;
  if (!takes_tensor || needed > 1) {
    refuse(subject, "its forward does not take one picture: it is forward" + schema_text(schema),
           kRemedy);
  }
  if (schema.returns().size() != 1 ||
      schema.returns()[0].type()->kind() != c10::TypeKind::TensorType) {
    refuse(subject, "its forward does not return a picture: it is forward" + schema_text(schema),
           kRemedy);
  }
}

}  // namespace stylize
