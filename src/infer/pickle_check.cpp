#include "pickle_check.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "operator_policy.h"
#include "stylize/core/error.h"

namespace stylize {
namespace {

// Far above what a network of thousands of layers needs.
constexpr std::size_t kMostParts = 500'000;
constexpr std::size_t kDeepest = 200;
constexpr std::size_t kMostTypeNesting = 50;

enum class Kind { kOther, kInteger, kText, kGlobal, kTuple, kList, kDict, kTensor, kObject };

struct Value {
  Kind kind = Kind::kOther;
  std::int64_t number = 0;  // of an integer; the elements behind a tensor
  std::size_t part = 0;     // of text, globals and containers
};

// What is behind a value that holds text or other values.
struct Part {
  std::string_view text;
  std::vector<Value> children;
};

class PickleWalk {
 public:
  PickleWalk(std::string_view pickle, const RecordSize& record_size, std::string_view name,
             std::string_view subject)
      : rest_(pickle), record_size_(record_size), name_(name), subject_(subject) {}

  void run() {
    require(byte() == 0x80 && byte() == 2, "it does not start as one");
    while (step(byte())) {
    }
    require(stack_.size() == 1, "it does not end with one value");
    check_depth(stack_.front());
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error(ErrorCode::kModelInvalid, subject_,
                "its " + std::string(name_) + " is damaged: " + std::string(what),
                "download it or export it again");
  }

  [[noreturn]] void refuse(std::string_view what) const {
    throw Error(ErrorCode::kModelInvalid, subject_,
                "its " + std::string(name_) + " asks for " + std::string(what) +
                    ", which models may not use here",
                "use it only with the program it was made for");
  }

  void require(bool holds, std::string_view what) const {
    if (!holds) {
      fail(what);
    }
  }

  std::string_view bytes(std::size_t count) {
    require(count <= rest_.size(), "it ends too early");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  unsigned char byte() { return static_cast<unsigned char>(bytes(1).front()); }

  // Little-endian, 1 to 8 bytes.
  std::uint64_t number(std::size_t width) {
    const std::string_view taken = bytes(width);
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
      value = (value << 8U) | static_cast<unsigned char>(taken[i]);
    }
    return value;
  }

  std::string_view line() {
    const std::size_t end = rest_.find('\n');
    require(end != std::string_view::npos, "it ends too early");
    const std::string_view taken = bytes(end);
    bytes(1);
    return taken;
  }

  Value pop() {
    require(!stack_.empty() && (marks_.empty() || marks_.back() < stack_.size()),
            "a value is missing");
    const Value value = stack_.back();
    stack_.pop_back();
    return value;
  }

  std::vector<Value> pop_many(std::size_t count) {
    std::vector<Value> values(count);
    for (std::size_t i = count; i-- > 0;) {
      values[i] = pop();
    }
    return values;
  }

  std::vector<Value> pop_to_mark() {
    require(!marks_.empty(), "a mark is missing");
    const std::vector<Value> values = pop_many(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
  }

  void push(Kind kind, std::int64_t value = 0) { stack_.push_back({kind, value, 0}); }

  void push_part(Kind kind, Part part, std::int64_t value = 0) {
    require(parts_.size() < kMostParts, "it holds too many parts");
    parts_.push_back(std::move(part));
    stack_.push_back({kind, value, parts_.size() - 1});
  }

  // The container below the values just popped, which they become part of.
  void extend_top(Kind kind, const std::vector<Value>& values) {
    require(!stack_.empty() && stack_.back().kind == kind, "a container is missing");
    std::vector<Value>& children = parts_[stack_.back().part].children;
    children.insert(children.end(), values.begin(), values.end());
  }

  void extend_dict(const std::vector<Value>& values) {
    require(values.size() % 2 == 0, "a key has no value");
    extend_top(Kind::kDict, values);
  }

  void remember(std::size_t id) {
    require(!stack_.empty(), "a value is missing");
    require(id < kMostParts, "a reference is out of range");
    if (id >= memo_.size()) {
      memo_.resize(id + 1);
    }
    memo_[id] = stack_.back();
  }

  void recall(std::size_t id) {
    require(id < memo_.size() && memo_[id].has_value(), "a reference leads nowhere");
    stack_.push_back(*memo_[id]);
  }

  std::string_view text_of(const Value& value) const { return parts_[value.part].text; }
  const std::vector<Value>& children_of(const Value& value) const {
    return parts_[value.part].children;
  }

  // One instruction. False at the last one. The numbers are Python's pickle opcodes.
  bool step(unsigned char opcode) {
    switch (opcode) {
      case '.': return false;
      case '(': marks_.push_back(stack_.size()); break;
      case 'N':
      case 0x88:
      case 0x89: push(Kind::kOther); break;
      case 'K': push(Kind::kInteger, static_cast<std::int64_t>(number(1))); break;
      case 'M': push(Kind::kInteger, static_cast<std::int64_t>(number(2))); break;
      case 'J': push(Kind::kInteger, static_cast<std::int32_t>(number(4))); break;
      case 0x8a:
        require(number(1) == 8, "a number has an odd length");
        push(Kind::kInteger, static_cast<std::int64_t>(number(8)));
        break;
      case 'G': bytes(8), push(Kind::kOther); break;
      case 'X': push_part(Kind::kText, {bytes(number(4)), {}}); break;
      case 'q': remember(number(1)); break;
      case 'r': remember(number(4)); break;
      case 'h': recall(number(1)); break;
      case 'j': recall(number(4)); break;
      case 'c': global(); break;
      case 'Q': persistent(); break;
      case 0x81: require(pop().kind == Kind::kTuple, "a class has no arguments"); break;
      case 'R':
      case 'b': call(); break;
      default: return step_container(opcode);
    }
    return true;
  }

  bool step_container(unsigned char opcode) {
    switch (opcode) {
      case ')': push_part(Kind::kTuple, {}); break;
      case ']': push_part(Kind::kList, {}); break;
      case '}': push_part(Kind::kDict, {}); break;
      case 't': push_part(Kind::kTuple, {{}, pop_to_mark()}); break;
      case 0x85: push_part(Kind::kTuple, {{}, pop_many(1)}); break;
      case 0x86: push_part(Kind::kTuple, {{}, pop_many(2)}); break;
      case 0x87: push_part(Kind::kTuple, {{}, pop_many(3)}); break;
      case 'l': push_part(Kind::kList, {{}, pop_to_mark()}); break;
      case 'e': extend_top(Kind::kList, pop_to_mark()); break;
      case 'd':
      case 'u': {
        const std::vector<Value> values = pop_to_mark();
        if (opcode == 'd') {
          push_part(Kind::kDict, {});
        }
        extend_dict(values);
        break;
      }
      case 's': extend_dict(pop_many(2)); break;
      default: fail("it holds an unknown instruction");
    }
    return true;
  }

  void global() {
    const char* const start = rest_.data();
    const std::size_t module_size = line().size();
    const std::size_t class_size = line().size();
    std::string name(start, module_size);
    name += ' ' + std::string(start + module_size + 1, class_size);
    if (!is_archive_class(name) && !is_pickle_function(name) &&
        !storage_element_size(name).has_value()) {
      refuse("'" + name.substr(0, 100) + "'");
    }
    names_.push_back(std::move(name));
    push_part(Kind::kGlobal, {names_.back(), {}});
  }

  // A tensor's storage: ("storage", type, record, device, elements).
  void persistent() {
    const Value tuple = pop();
    require(tuple.kind == Kind::kTuple && children_of(tuple).size() >= 5, "a tensor is incomplete");
    const std::vector<Value>& fields = children_of(tuple);
    require(fields[0].kind == Kind::kText && text_of(fields[0]) == "storage" &&
                fields[1].kind == Kind::kGlobal && fields[2].kind == Kind::kText &&
                fields[3].kind == Kind::kText && fields[4].kind == Kind::kInteger,
            "a tensor is not described as one");
    const std::optional<std::uint64_t> width = storage_element_size(text_of(fields[1]));
    const std::int64_t elements = fields[4].number;
    require(width.has_value() && elements >= 0, "a tensor is not described as one");
    const std::string record(text_of(fields[2]));
    const std::optional<std::uint64_t> size = record_size_(record);
    if (elements > 0 && !size.has_value()) {
      throw Error(ErrorCode::kModelInvalid, subject_,
                  "its weights '" + record.substr(0, 100) + "' are missing",
                  "download it or export it again");
    }
    require(static_cast<std::uint64_t>(elements) <= size.value_or(0) / *width,
            "the weights '" + record.substr(0, 100) + "' are shorter than it says");
    push(Kind::kTensor, elements);
  }

  void call() {
    const Value argument = pop();
    const Value function = pop();
    require(function.kind == Kind::kGlobal, "a call names no function");
    const std::string_view name = text_of(function);
    if (name == "torch._utils _rebuild_tensor_v2") {
      check_tensor(argument);
      push(Kind::kTensor);
    } else if (name == "torch.jit._pickle restore_type_tag") {
      check_type_tag(argument);
      stack_.push_back(children_of(argument).front());
    } else if (name.starts_with("torch.jit._pickle ")) {
      require(argument.kind == Kind::kTuple && !children_of(argument).empty() &&
                  children_of(argument).front().kind == Kind::kList,
              "a list is not described as one");
      stack_.push_back(children_of(argument).front());
    } else if (is_archive_class(name)) {
      push_part(Kind::kObject, {{}, {argument}});
    } else {
      require(argument.kind == Kind::kTuple, "a call has no arguments");
      push(Kind::kOther);
    }
  }

  void check_type_tag(const Value& argument) const {
    require(argument.kind == Kind::kTuple && children_of(argument).size() == 2 &&
                children_of(argument)[1].kind == Kind::kText,
            "a container's type is missing");
    const std::string_view type = text_of(children_of(argument)[1]);
    if (type.find("torch.classes") != std::string_view::npos) {
      refuse("'torch.classes'");
    }
    require(static_cast<std::size_t>(std::count(type.begin(), type.end(), '[')) <= kMostTypeNesting,
            "a container's type is too deeply nested");
  }

  // (storage, offset, sizes, strides, ...): the last element must lie inside of the storage, which
  // LibTorch does not check.
  void check_tensor(const Value& argument) const {
    require(argument.kind == Kind::kTuple && children_of(argument).size() >= 4,
            "a tensor is incomplete");
    const std::vector<Value>& fields = children_of(argument);
    require(fields[0].kind == Kind::kTensor && fields[1].kind == Kind::kInteger &&
                fields[2].kind == Kind::kTuple && fields[3].kind == Kind::kTuple &&
                children_of(fields[2]).size() == children_of(fields[3]).size(),
            "a tensor is not described as one");
    const std::vector<Value>& sizes = children_of(fields[2]);
    const std::vector<Value>& strides = children_of(fields[3]);
    std::int64_t last = fields[1].number;
    bool fits = last >= 0;
    bool is_empty = false;
    for (std::size_t i = 0; i < sizes.size() && fits; ++i) {
      require(sizes[i].kind == Kind::kInteger && strides[i].kind == Kind::kInteger,
              "a tensor is not described as one");
      std::int64_t reach = 0;
      fits = sizes[i].number >= 0 && strides[i].number >= 0;
      is_empty = is_empty || sizes[i].number == 0;
      fits = fits && !__builtin_mul_overflow(std::max<std::int64_t>(sizes[i].number - 1, 0),
                                             strides[i].number, &reach);
      fits = fits && !__builtin_add_overflow(last, reach, &last);
    }
    require(fits && (is_empty || last < fields[0].number), "a tensor is larger than its weights");
  }

  // Longest chain of values in values, without recursion; a cycle is endless.
  void check_depth(const Value& root) const {
    struct Visit {
      std::size_t part;
      std::size_t next_child;
      std::size_t depth;
    };
    constexpr std::size_t kUnknown = 0;
    constexpr std::size_t kOpen = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> depths(parts_.size(), kUnknown);
    std::vector<Visit> path;
    const auto enter = [&](const Value& value) {
      const bool has_children = value.kind == Kind::kTuple || value.kind == Kind::kList ||
                                value.kind == Kind::kDict || value.kind == Kind::kObject;
      if (!has_children) {
        return std::size_t{1};
      }
      require(depths[value.part] != kOpen, "a value holds itself");
      if (depths[value.part] == kUnknown) {
        depths[value.part] = kOpen;
        path.push_back({value.part, 0, 1});
        return std::size_t{0};
      }
      return depths[value.part];
    };
    enter(root);
    while (!path.empty()) {
      const std::size_t top = path.size() - 1;
      const std::vector<Value>& children = parts_[path[top].part].children;
      if (path[top].next_child < children.size()) {
        const Value& child = children[path[top].next_child++];
        const std::size_t known = enter(child);  // 0: it is on the path now and will report back
        path[top].depth = std::max(path[top].depth, known + 1);
        continue;
      }
      const std::size_t depth = path[top].depth;
      require(depth <= kDeepest, "it is too deeply nested");
      depths[path[top].part] = depth;
      path.pop_back();
      if (!path.empty()) {
        path.back().depth = std::max(path.back().depth, depth + 1);
      }
    }
  }

  std::string_view rest_;
  const RecordSize& record_size_;
  std::string_view name_;
  std::string_view subject_;
  std::vector<Value> stack_;
  std::vector<std::size_t> marks_;
  std::vector<std::optional<Value>> memo_;
  std::vector<Part> parts_;
  std::deque<std::string> names_;  // what the globals' texts point to
};

}  // namespace

void check_pickle(std::string_view pickle, const RecordSize& record_size, std::string_view name,
                  std::string_view subject) {
  PickleWalk(pickle, record_size, name, subject).run();
}

}  // namespace stylize
