// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A recursive-descent evaluator; see DimExpr.h.
//
//   sum     = product { ("+" | "-") product }
//   product = value { ("*" | "/" | "floordiv" | "ceildiv" | "mod") value }
//   value   = number | symbol | "-" value | "(" sum ")" | ("min" | "max") "(" sum { "," sum } ")"
#include "DimExpr.h"

#include <algorithm>

namespace tao::run {
namespace {

struct Malformed {};

class Evaluator {
public:
  Evaluator(const std::string &text, const std::map<std::string, int64_t> &symbols) : text(text), symbols(symbols) {}

  int64_t evaluate() {
    int64_t value = sum();
    if (at != text.size())
      throw Malformed();
    return value;
  }

private:
  void skip() {
    while (at < text.size() && text[at] == ' ')
      ++at;
  }
  bool accept(const std::string &token) {
    skip();
    if (text.compare(at, token.size(), token) != 0)
      return false;
    at += token.size();
    skip();
    return true;
  }
  static bool isWord(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; }
  std::string word() {
    skip();
    size_t begin = at;
    while (at < text.size() && isWord(text[at]))
      ++at;
    std::string result = text.substr(begin, at - begin);
    skip();
    return result;
  }

  int64_t sum() {
    int64_t value = product();
    while (true) {
      bool plus = accept("+");
      if (!plus && !accept("-"))
        return value;
      int64_t other = product();
      if (plus ? __builtin_add_overflow(value, other, &value) : __builtin_sub_overflow(value, other, &value))
        throw Malformed();
    }
  }

  int64_t product() {
    int64_t value = operand();
    while (true) {
      if (accept("*")) {
        if (__builtin_mul_overflow(value, operand(), &value))
          throw Malformed();
      } else if (accept("floordiv") || accept("/")) {
        value = floorDivide(value, operand());
      } else if (accept("ceildiv")) {
        value = -floorDivide(-value, operand());
      } else if (accept("mod")) {
        int64_t divisor = operand();
        value -= floorDivide(value, divisor) * divisor;
      } else {
        return value;
      }
    }
  }

  static int64_t floorDivide(int64_t a, int64_t b) {
    if (b <= 0)
      throw Malformed();
    return a >= 0 ? a / b : -((-a + b - 1) / b);
  }

  int64_t operand() {
    if (++depth > 200)
      throw Malformed();
    int64_t value = operandBody();
    --depth;
    return value;
  }

  int64_t operandBody() {
    if (accept("-"))
      return -operand();
    if (accept("(")) {
      int64_t value = sum();
      if (!accept(")"))
        throw Malformed();
      return value;
    }
    std::string name = word();
    if ((name == "min" || name == "max") && accept("(")) {
      int64_t value = sum();
      while (accept(","))
        value = name == "min" ? std::min(value, sum()) : std::max(value, sum());
      if (!accept(")"))
        throw Malformed();
      return value;
    }
    auto symbol = symbols.find(name);
    if (symbol != symbols.end())
      return symbol->second;
    if (name.empty() || name.size() > 18 || name.find_first_not_of("0123456789") != std::string::npos)
      throw Malformed();
    return std::stoll(name);
  }

  const std::string &text;
  const std::map<std::string, int64_t> &symbols;
  size_t at = 0;
  int depth = 0;
};

} // namespace

std::optional<int64_t> evaluateDim(const std::string &text, const std::map<std::string, int64_t> &symbols) {
  auto whole = symbols.find(text); // names may hold anything
  if (whole != symbols.end())
    return whole->second;
  try {
    return Evaluator(text, symbols).evaluate();
  } catch (const Malformed &) {
    return std::nullopt;
  }
}

} // namespace tao::run
