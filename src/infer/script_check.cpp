#include "script_check.h"

#include <torch/csrc/jit/frontend/lexer.h>

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "operator_policy.h"
#include "stylize/core/error.h"
#include "torch_errors.h"

namespace stylize {
namespace {

using torch::jit::TokenKind;

// LibTorch's parser and compiler call themselves for every level; at its default of 8 MB the stack
// holds some thousands. What Python's exporter writes stays below 30.
constexpr std::size_t kDeepestExpression = 200;
constexpr std::size_t kDeepestBlock = 50;
constexpr std::size_t kMostBranches = 500;  // of one function: each elif is a level

struct Word {
  int kind = 0;
  std::string text;  // of names and strings, the latter with their quotes
};

std::vector<Word> words_of(std::string_view text, std::string_view name, std::string_view subject) {
  std::vector<Word> words;
  try {
    torch::jit::Lexer lexer(
        std::make_shared<torch::jit::Source>(std::string(text), std::string(name), 1));
    while (lexer.cur().kind != TokenKind::TK_EOF) {
      const torch::jit::Token token = lexer.next();
      const bool has_text =
          token.kind == TokenKind::TK_IDENT || token.kind == TokenKind::TK_STRINGLITERAL;
      words.push_back({token.kind, has_text ? token.text() : std::string()});
    }
  } catch (const std::exception& exception) {
    throw translate_torch_error(exception, ErrorCode::kModelInvalid, subject,
                                "its code in " + std::string(name) + " cannot be read",
                                "export it again");
  }
  return words;
}

// How deep the compiler would call itself. Operators count as levels too, as a + b + c is
// ((a + b) + c); a comma starts a sibling.
class NestingCheck {
 public:
  // False where it is too deep.
  bool accepts(int kind) {
    switch (kind) {
      case '(':
      case '[':
      case '{':
        ++levels_.back();
        levels_.push_back(0);
        break;
      case ')':
      case ']':
      case '}':
        if (levels_.size() > 1) {
          depth_ -= levels_.back();
          levels_.pop_back();
        }
        return true;
      case ',':
        depth_ -= levels_.back();
        levels_.back() = 0;
        return true;
      case TokenKind::TK_INDENT: return ++blocks_ <= kDeepestBlock;
      case TokenKind::TK_DEDENT: blocks_ -= blocks_ > 0 ? 1 : 0; return true;
      case TokenKind::TK_NEWLINE:
        levels_.assign(1, 0);
        depth_ = 0;
        return true;
      case TokenKind::TK_DEF: branches_ = 0; return true;
      case TokenKind::TK_ELIF:
      case TokenKind::TK_RETURN: return ++branches_ <= kMostBranches;
      case TokenKind::TK_IDENT:
      case TokenKind::TK_NUMBER:
      case TokenKind::TK_STRINGLITERAL: return true;
      default: ++levels_.back();
    }
    return ++depth_ <= kDeepestExpression;
  }

 private:
  std::vector<std::size_t> levels_{0};  // operators since the last comma, by bracket
  std::size_t depth_ = 0;               // their sum
  std::size_t blocks_ = 0;
  std::size_t branches_ = 0;
};

class ScriptCheck {
 public:
  ScriptCheck(std::vector<Word> words, std::string_view name, std::string_view subject)
      : words_(std::move(words)), name_(name), subject_(subject) {}

  // The number of definitions.
  [[nodiscard]] std::size_t run() const {
    NestingCheck nesting;
    std::size_t definitions = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (!nesting.accepts(words_[i].kind)) {
        refuse("is too deeply nested", "is this a model?");
      }
      if (words_[i].kind == TokenKind::TK_IDENT) {
        check_name(i);
      }
      const int word = words_[i].kind;
      definitions += word == TokenKind::TK_DEF || word == TokenKind::TK_CLASS_DEF ? 1U : 0U;
    }
    return definitions;
  }

 private:
  [[noreturn]] void refuse(
      std::string_view what,
      std::string_view remedy = "use only models from sources you trust") const {
    throw Error(ErrorCode::kModelInvalid, subject_,
                "its code in " + std::string(name_) + " " + std::string(what), remedy);
  }

  [[nodiscard]] int kind(std::size_t at) const { return at < words_.size() ? words_[at].kind : 0; }
  [[nodiscard]] bool follows(std::size_t at, int wanted) const {
    return at > 0 && words_[at - 1].kind == wanted;
  }

  void check_name(std::size_t at) const {
    const std::string& name = words_[at].text;
    if (name == "__setstate__") {
      refuse("has a __setstate__, which would run while the model is loaded",
             "export the model without one");
    }
    if (follows(at, '.')) {
      check_method(name);
      return;
    }
    if (name == "__torch__") {
      check_class(at);
    } else if (name == "ops") {
      check_namespace(at);
    } else if (name == "getattr") {
      check_getattr(at);
    }
  }

  void check_method(const std::string& name) const {
    if (const std::string reason = reason_against_method(name); !reason.empty()) {
      refuse("uses '" + name + "', which " + reason);
    }
  }

  // `__torch__` begins the full name of a class or function of the archive. Half of a name could be
  // completed elsewhere and is nothing the exporter writes.
  void check_class(std::size_t at) const {
    std::string whole = words_[at].text;
    while (kind(at + 1) == '.' && kind(at + 2) == TokenKind::TK_IDENT) {
      whole += '.' + words_[at + 2].text;
      at += 2;
    }
    if (whole == "__torch__" || whole == "__torch__.torch" || is_native_class(whole)) {
      refuse("uses '" + whole + "', which models may not");
    }
  }

  void check_namespace(std::size_t at) const {
    // An attribute, argument or method may have the name.
    if (follows(at, TokenKind::TK_DEF) || kind(at + 1) == ':' || kind(at + 1) == '=') {
      return;
    }
    const bool is_named = kind(at + 1) == '.' && kind(at + 2) == TokenKind::TK_IDENT;
    const std::string space = is_named ? words_[at + 2].text : std::string();
    const std::string operation =
        kind(at + 3) == '.' && kind(at + 4) == TokenKind::TK_IDENT ? words_[at + 4].text : "";
    if (const std::string reason = reason_against_operator(space, operation); !reason.empty()) {
      refuse("uses 'ops." + space + "." + operation + "', which " + reason);
    }
  }

  // getattr(x, "name") is x.name, so the name must be a plain string.
  void check_getattr(std::size_t at) const {
    if (follows(at, TokenKind::TK_DEF)) {
      return;
    }
    std::size_t end = at + 1;
    std::size_t open = 0;
    do {
      open += kind(end) == '(' ? 1U : 0U;
      open -= kind(end) == ')' && open > 0 ? 1U : 0U;
      ++end;
    } while (open > 0 && end < words_.size());
    const Word name = open == 0 && end > at + 4 ? words_[end - 2] : Word{};
    const bool is_last = name.kind == TokenKind::TK_STRINGLITERAL && kind(end - 3) == ',';
    const std::string text = is_last ? name.text.substr(1, name.text.size() - 2) : "\\";
    if (text.find_first_of("\\\"'") != std::string::npos) {  // escapes, triple quotes
      refuse("uses 'getattr' in a way that models may not");
    }
    check_method(text);
  }

  std::vector<Word> words_;
  std::string_view name_;
  std::string_view subject_;
};

}  // namespace

std::size_t check_script(std::string_view text, std::string_view name, std::string_view subject) {
  return ScriptCheck(words_of(text, name, subject), name, subject).run();
}

}  // namespace stylize
